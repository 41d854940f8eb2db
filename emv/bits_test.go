package emv_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

type tvrIn struct {
	Kind string        `json:"kind"`
	Hex  vectors.Bytes `json:"hex"`
}

type tvrOut struct {
	DKI            vectors.Bytes `json:"dki"`
	CVN            vectors.Bytes `json:"cvn"`
	SecondGAC      string        `json:"second_gac"`
	FirstGAC       string        `json:"first_gac"`
	ScriptCommands int           `json:"script_commands"`
	Set            []string      `json:"set"`
}

func TestTVRVectors(t *testing.T) {
	vectors.Run(t, "tvr", func(t *testing.T, c vectors.Case[tvrIn, tvrOut]) {
		require.Equal(t, vectors.OK, c.Expect)
		switch c.In.Kind {
		case "tvr":
			checkNames[emv.TVR](t, c)
		case "tsi":
			checkNames[emv.TSI](t, c)
		case "iad-visa-layout":
			iad, err := emv.ParseIAD(c.In.Hex)
			require.NoError(t, err)
			assert.Equal(t, emv.IADVisaLayout, iad.Family)
			assert.Equal(t, []byte(c.Out.DKI), []byte{iad.DKI})
			assert.Equal(t, []byte(c.Out.CVN), []byte{iad.CVN})
			assert.Equal(t, c.Out.FirstGAC, iad.CVR.FirstAC.String())
			assert.Equal(t, c.Out.SecondGAC, iad.CVR.SecondAC.String())
			assert.EqualValues(t, c.Out.ScriptCommands, iad.CVR.ScriptCount)
			assert.Equal(t, c.Out.Set, iad.CVR.Flags.Names())
		default:
			t.Fatalf("kind %q is not tested", c.In.Kind)
		}
	})
}

// bitField is what the bit fields of package emv have in common.
type bitField[F emv.Field] interface {
	emv.Field
	Has(emv.Bit[F]) bool
	Bits() []emv.Bit[F]
	Names() []string
	RFU() []emv.Bit[F]
	String() string
}

func checkNames[F bitField[F]](t *testing.T, c vectors.Case[tvrIn, tvrOut]) {
	t.Helper()
	f, err := emv.ParseField[F](c.In.Hex)
	require.NoError(t, err)
	assert.Equal(t, c.Out.Set, f.Names())
	assert.Empty(t, f.RFU())
	assert.Equal(t, c.In.Hex.String(), f.String())
}

// TestBitFieldLayouts sets each bit of each field alone. values are the masks of
// bits that hold a value together, reserved those that EMV Books 3 and 4 and the
// contactless kernels leave free, one for each byte.
func TestBitFieldLayouts(t *testing.T) {
	t.Run("TVR", layout[emv.TVR](nil, []byte{0, 0x04, 0, 0, 0}))
	t.Run("TSI", layout[emv.TSI](nil, []byte{0x03, 0xFF}))
	t.Run("AIP", layout[emv.AIP](nil, []byte{0, 0x7E}))
	t.Run("AUC", layout[emv.AUC](nil, []byte{0, 0x3F}))
	t.Run("terminal capabilities", layout[emv.TerminalCapabilities](nil, []byte{0x1F, 0, 0x13}))
	t.Run("additional", layout[emv.AdditionalTerminalCapabilities](nil, []byte{0, 0x7F, 0x0F, 0x0C, 0}))
	t.Run("CSU", layout[emv.CSU]([]byte{0x0F, 0x03, 0, 0xFF}, []byte{0x70, 0, 0xFF, 0}))
}

func layout[F bitField[F], P interface {
	*F
	Set(emv.Bit[F])
}](values, reserved []byte) func(*testing.T) {
	return func(t *testing.T) {
		size := len(reserved)
		if values == nil {
			values = make([]byte, size)
		}
		names, texts := map[string]bool{}, map[string]bool{}
		for i := range size {
			for mask := byte(0x80); mask != 0; mask >>= 1 {
				b := make([]byte, size)
				b[i] = mask
				f, err := emv.ParseField[F](b)
				require.NoError(t, err)
				assert.Equal(t, vectors.Bytes(b).String(), f.String())
				bits, rfu := f.Bits(), f.RFU()
				assert.Len(t, f.Names(), len(bits))
				switch {
				case values[i]&mask != 0:
					assert.Empty(t, bits)
					assert.Empty(t, rfu)
				case reserved[i]&mask != 0:
					require.Len(t, rfu, 1, "byte %d mask %02X", i+1, mask)
					assert.Empty(t, bits)
					assert.Equal(t, "RFU", rfu[0].Text())
					assert.Regexp(t, `^byte-[1-5]-bit-[1-8]$`, rfu[0].String())
				default:
					require.Len(t, bits, 1, "byte %d mask %02X", i+1, mask)
					assert.Empty(t, rfu)
					assert.Equal(t, i+1, bits[0].Byte())
					assert.Equal(t, mask, bits[0].Mask())
					assert.True(t, f.Has(bits[0]))
					var set F
					P(&set).Set(bits[0])
					assert.Equal(t, f, set)
					assert.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*$`, bits[0].String())
					assert.False(t, names[bits[0].String()], "name %s twice", bits[0])
					assert.False(t, texts[bits[0].Text()], "text %s twice", bits[0].Text())
					names[bits[0].String()], texts[bits[0].Text()] = true, true
				}
			}
		}
	}
}

// TestBitPositions pins bits to the bytes of reference sheets, where a slip of
// the constants and of the layout together would go unseen otherwise.
func TestBitPositions(t *testing.T) {
	var tvr emv.TVR
	tvr.Set(emv.TVROfflineDataAuthenticationNotPerformed)
	tvr.Set(emv.TVRNewCard)
	tvr.Set(emv.TVRPINTryLimitExceeded)
	tvr.Set(emv.TVRMerchantForcedOnline)
	tvr.Set(emv.TVRScriptFailedAfterFinalGenerateAC)
	assert.Equal(t, emv.TVR{0x80, 0x08, 0x20, 0x08, 0x10}, tvr)
	assert.False(t, tvr.Has(emv.TVRSDAFailed))

	for f, bit := range map[emv.TVR]emv.Bit[emv.TVR]{
		{0x10}:             emv.TVRCardOnTerminalExceptionFile,
		{0x02}:             emv.TVRSDASelected,
		{0, 0x80}:          emv.TVRApplicationVersionsDiffer,
		{0, 0x40}:          emv.TVRExpiredApplication,
		{0, 0x20}:          emv.TVRApplicationNotYetEffective,
		{0, 0x10}:          emv.TVRRequestedServiceNotAllowed,
		{0, 0, 0x80}:       emv.TVRCardholderVerificationNotSuccessful,
		{0, 0, 0x40}:       emv.TVRUnrecognisedCVM,
		{0, 0, 0x10}:       emv.TVRPINPadNotWorking,
		{0, 0, 0x08}:       emv.TVRPINNotEntered,
		{0, 0, 0x04}:       emv.TVROnlinePINEntered,
		{0, 0, 0, 0x80}:    emv.TVRFloorLimitExceeded,
		{0, 0, 0, 0x40}:    emv.TVRLowerConsecutiveOfflineLimitExceeded,
		{0, 0, 0, 0x20}:    emv.TVRUpperConsecutiveOfflineLimitExceeded,
		{0, 0, 0, 0x10}:    emv.TVRSelectedRandomly,
		{0, 0, 0, 0, 0x80}: emv.TVRDefaultTDOLUsed,
		{0, 0, 0, 0, 0x40}: emv.TVRIssuerAuthenticationFailed,
		{0, 0, 0, 0, 0x20}: emv.TVRScriptFailedBeforeFinalGenerateAC,
		{0, 0, 0, 0x02}:    emv.TVRBiometricTypeNotSupported,
		{0, 0, 0, 0, 0x08}: emv.TVRReservedForContactlessBit4,
		{0, 0, 0, 0, 0x01}: emv.TVRReservedForContactlessBit1,
	} {
		assert.Equal(t, []emv.Bit[emv.TVR]{bit}, f.Bits(), "%v", f)
	}
	assert.Equal(t, []string{"sda-supported", "cardholder-verification-supported", "terminal-risk-management-required", "issuer-authentication-supported"},
		emv.AIP{0x5C}.Names(), "the usual Amex-style profile of SDA cards")
	assert.Equal(t, []string{"dda-supported", "cardholder-verification-supported", "terminal-risk-management-required", "issuer-authentication-supported", "cda-supported"},
		emv.AIP{0x3D}.Names())
	assert.Equal(t, []string{"domestic-goods", "international-goods", "domestic-services", "international-services", "other-than-atms"},
		emv.AUC{0x3D}.Names(), "no cash, no ATM")
	assert.Equal(t, []string{"ic-with-contacts", "plaintext-offline-pin", "signature", "enciphered-offline-pin", "no-cvm", "sda", "dda", "cda"},
		emv.TerminalCapabilities{0x20, 0xB8, 0xC8}.Names())
	// As openemv/emv-utils has them (src/emv_fields.h, EMV_TERM_CAPS_).
	assert.Equal(t, []emv.Bit[emv.TerminalCapabilities]{emv.TerminalOnlineBiometric, emv.TerminalOfflineBiometric, emv.TerminalEncipheredPINECC, emv.TerminalXDA},
		emv.TerminalCapabilities{0, 0x07, 0x04}.Bits())
}

func TestTVRUnion(t *testing.T) {
	assert.Equal(t, emv.TVR{0x81, 0, 0xA0, 0, 0x40}, emv.TVR{0x80, 0, 0x20, 0, 0x40}.Union(emv.TVR{0x01, 0, 0x80}))
}

func TestParseFieldLength(t *testing.T) {
	for _, length := range []int{0, 4, 6} {
		_, err := emv.ParseField[emv.TVR](make([]byte, length))
		require.ErrorIs(t, err, emv.ErrMalformed)
		assert.True(t, strings.HasPrefix(err.Error(), "parse TVR: "), "%v", err)
	}
}

// A field is its meaningful bits, its reserved bits and nothing else.
func TestTVRBitsAndRFUAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tvr, again emv.TVR
		copy(tvr[:], rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "TVR"))
		for _, b := range append(tvr.Bits(), tvr.RFU()...) {
			again.Set(b)
		}
		require.Equal(t, tvr, again)
	})
}

func TestCSU(t *testing.T) {
	csu := emv.CSU{0x83, 0x9B, 0, 0x5A}
	assert.Equal(t, []string{"proprietary-authentication-data-included", "issuer-approves", "update-pin-try-counter", "go-online-on-next-transaction"}, csu.Names())
	assert.Equal(t, 3, csu.PINTryCounter())
	assert.Equal(t, emv.CountersAddTransaction, csu.CounterUpdate())
	assert.Equal(t, emv.CountersToUpperLimits, emv.CSU{0, 0x01}.CounterUpdate())
}
