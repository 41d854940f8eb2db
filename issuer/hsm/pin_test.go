package hsm_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

const testPAN = "374245001741007"

// unblockContext is some transaction.
var unblockContext = hsm.Script{Phase: script.AfterFinalAC, Context: script.Context{ATC: 9}}

func TestAcceptPIN(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	birthday := pin.DateForms(1975, 3, 28)
	live := []hsm.SealedPIN{sealed(t, m, c, 1, "7294"), sealed(t, m, c, 2, "8305"), sealed(t, m, c, 4, "7294")}
	accepted, err := m.AcceptPIN(c, 5, digitsOf("7294"), live, birthday...)
	require.NoError(t, err)
	assert.Equal(t, []pinlife.Generation{1, 4}, accepted.Equals)
	assert.EqualValues(t, 5, accepted.PIN.Generation)
	assert.NotEqual(t, live[0].Sealed, accepted.PIN.Sealed, "the same PIN does not look the same")

	for digits, want := range map[string]error{
		"": hsm.ErrPINForm, "123": hsm.ErrPINForm, "72941": hsm.ErrPINForm, "729x": hsm.ErrPINForm, "７29": hsm.ErrPINForm,
		"1111": hsm.ErrWeakPIN, "1234": hsm.ErrWeakPIN, "4321": hsm.ErrWeakPIN, "2803": hsm.ErrWeakPIN, "1975": hsm.ErrWeakPIN,
		"1007": hsm.ErrWeakPIN, // the end of the PAN
	} {
		_, err := m.AcceptPIN(c, 5, digitsOf(digits), live, birthday...)
		require.ErrorIs(t, err, want, digits)
		assert.NotContains(t, err.Error(), "1007")
	}
	_, err = m.AcceptPIN(c, 5, digitsOf("2803"), nil)
	require.NoError(t, err, "nobody's birthday")
}

// TestAcceptPINLeavesPersonalAlone: what the caller passes is not written to.
func TestAcceptPINLeavesPersonalAlone(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	personal := make([]secret.Value, 1, 2)
	personal[0] = digitsOf("2803")
	_, err := m.AcceptPIN(c, 1, digitsOf("7294"), nil, personal...)
	require.NoError(t, err)
	assert.True(t, personal[:2][1].IsZero())
}

// TestSealedPINsAreBound: a sealed PIN opens for its account, generation and
// module alone, and not after any change.
func TestSealedPINsAreBound(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	good := sealed(t, m, c, 3, "7294")
	other := cardOf(t, "374245001741015")
	supplementary := c
	supplementary.SequenceNumber = 1
	wrong := map[string]error{}
	_, wrong["account"] = m.BuildPINChange(other, unblockContext, good, hsm.SealedPIN{})
	_, wrong["sequence number"] = m.BuildPINChange(supplementary, unblockContext, good, hsm.SealedPIN{})
	_, wrong["generation"] = m.BuildPINChange(c, unblockContext, hsm.SealedPIN{Generation: 4, Sealed: good.Sealed}, hsm.SealedPIN{})
	_, wrong["current"] = m.BuildPINChange(c, unblockContext, good, hsm.SealedPIN{Generation: 4, Sealed: good.Sealed})
	_, wrong["module"] = module(t, nil).BuildPINChange(c, unblockContext, good, hsm.SealedPIN{})
	_, wrong["accept"] = m.AcceptPIN(other, 4, digitsOf("8305"), []hsm.SealedPIN{good})
	data, err := m.Seal("PIN", m.Ref(c.PAN, 0), []byte("\x047294        "))
	require.NoError(t, err)
	_, wrong["other purpose"] = m.BuildPINChange(c, unblockContext, hsm.SealedPIN{Generation: 3, Sealed: data}, hsm.SealedPIN{})
	for name, err := range wrong {
		assert.ErrorIs(t, err, secret.ErrUnseal, name)
	}
	_, err = m.BuildPINChange(c, unblockContext, good, hsm.SealedPIN{})
	require.NoError(t, err)
	for i := range good.Sealed {
		good.Sealed[i] ^= 1
		_, err := m.BuildPINChange(c, unblockContext, good, hsm.SealedPIN{})
		require.ErrorIs(t, err, secret.ErrUnseal)
		good.Sealed[i] ^= 1
	}
}

// TestSealedPINsHaveOneLength: the number of digits does not show.
func TestSealedPINsHaveOneLength(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	four := sealed(t, m, c, 1, "7294")
	for n := pin.DigitsMin; n <= pin.DigitsMax; n++ {
		assert.Len(t, sealed(t, m, c, 1, strings.Repeat("7", n)).Sealed, len(four.Sealed))
	}
	_, err := m.SealPIN(c, 1, pin.PIN{})
	require.ErrorIs(t, err, hsm.ErrPINForm)
}

// TestComparePIN compares blocks of all keys with any PINs.
func TestComparePIN(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	rapid.Check(t, func(rt *rapid.T) {
		var live []hsm.SealedPIN
		var want []pinlife.Generation
		entered := rapid.StringMatching(`[0-9]{4,12}`).Draw(rt, "entered")
		for g := range rapid.IntRange(0, 5).Draw(rt, "live") {
			digits := rapid.OneOf(rapid.Just(entered), rapid.StringMatching(`[0-9]{4,12}`)).Draw(rt, "digits")
			if digits == entered {
				want = append(want, generation(uint32(g)))
			}
			live = append(live, sealed(t, m, c, uint32(g), digits))
		}
		p, err := pin.Parse([]byte(entered))
		require.NoError(rt, err)
		clear, err := pin.Encode(pin.Format0, p, c.PAN, nil)
		require.NoError(rt, err)
		enciphered := clear.Encipher(tdes(t, zone))
		equals, err := m.ComparePIN(c, hsm.PINBlock{Key: hsm.ZoneKey, Block: enciphered[:]}, live)
		require.NoError(rt, err)
		require.Equal(rt, want, equals)
	})
}

func TestComparePINRefusals(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	bare, err := hsm.New(given(t, map[string]any{"bdk_tdes": "", "zone_key": "", "bdk_aes": "FEDCBA9876543210F1F1F1F1F1F1F1F1"}), nil)
	require.NoError(t, err)
	noAES, err := hsm.New(given(t, map[string]any{"bdk_aes": ""}), nil)
	require.NoError(t, err)
	ksn := []byte{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0, 1}
	aesKSN := append([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 0, 0, 0, 1)
	for name, x := range map[string]struct {
		m    *hsm.Software
		b    hsm.PINBlock
		want error
	}{
		"no key named":       {m, hsm.PINBlock{Block: make([]byte, 8)}, hsm.ErrNoKey},
		"key beyond":         {m, hsm.PINBlock{Key: hsm.AESDUKPT + 1, Block: make([]byte, 8)}, hsm.ErrNoKey},
		"no zone key":        {bare, hsm.PINBlock{Key: hsm.ZoneKey, Block: make([]byte, 8)}, hsm.ErrNoKey},
		"no TDES BDK":        {bare, hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: ksn, Block: make([]byte, 8)}, hsm.ErrNoKey},
		"no AES BDK":         {noAES, hsm.PINBlock{Key: hsm.AESDUKPT, KSN: aesKSN, Block: make([]byte, 16)}, hsm.ErrNoKey},
		"short block":        {m, hsm.PINBlock{Key: hsm.ZoneKey, Block: make([]byte, 7)}, emv.ErrMalformed},
		"long block":         {m, hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: ksn, Block: make([]byte, 16)}, emv.ErrMalformed},
		"TDES block for AES": {m, hsm.PINBlock{Key: hsm.AESDUKPT, KSN: aesKSN, Block: make([]byte, 8)}, emv.ErrMalformed},
		"garbage":            {m, hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: ksn, Block: make([]byte, 8)}, emv.ErrBadPINBlock},
		"garbage for AES":    {m, hsm.PINBlock{Key: hsm.AESDUKPT, KSN: aesKSN, Block: make([]byte, 16)}, emv.ErrBadPINBlock},
	} {
		_, err := x.m.ComparePIN(c, x.b, nil)
		assert.ErrorIs(t, err, x.want, name)
	}
	for _, key := range []hsm.PINKey{hsm.TDESDUKPT, hsm.AESDUKPT} {
		_, err := m.ComparePIN(c, hsm.PINBlock{Key: key, KSN: make([]byte, 3), Block: make([]byte, 8*key)}, nil)
		assert.Error(t, err, "KSN of a wrong length")
	}
}
