package emv_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

type cvmIn struct {
	Op            string        `json:"op"`
	List          vectors.Bytes `json:"list"`
	Supported     []string      `json:"supported"`
	Amount        uint64        `json:"amount"`
	CurrencyMatch bool          `json:"currency_match"`
	Transaction   string        `json:"transaction"`
	PIN           string        `json:"pin"`
}

type cvmOut struct {
	AmountX uint32 `json:"amount_x"`
	AmountY uint32 `json:"amount_y"`
	Rules   []struct {
		Code        vectors.Bytes `json:"code"`
		NextIfFails bool          `json:"next_if_fails"`
		Condition   vectors.Bytes `json:"condition"`
	} `json:"rules"`
	CVMResults   vectors.Bytes `json:"cvm_results"`
	TVRByte3     vectors.Bytes `json:"tvr_byte_3"`
	TSIByte1Bit7 int           `json:"tsi_byte_1_bit_7"`
}

func TestCVMListVectors(t *testing.T) {
	vectors.Run(t, "cvm-list", func(t *testing.T, c vectors.Case[cvmIn, cvmOut]) {
		list, err := emv.ParseCVMList(c.In.List)
		if c.Expect != vectors.OK {
			require.ErrorIs(t, err, c.Expect)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, []byte(c.In.List), list.Append(nil))
		switch c.In.Op {
		case "parse":
			checkParsed(t, c.Out, list)
		case "walk":
			checkWalk(t, c, list)
		default:
			t.Fatalf("op %q is not tested", c.In.Op)
		}
	})
}

func checkParsed(t *testing.T, want cvmOut, list emv.CVMList) {
	t.Helper()
	assert.Equal(t, want.AmountX, list.X)
	assert.Equal(t, want.AmountY, list.Y)
	require.Len(t, list.Rules, len(want.Rules))
	for i, r := range list.Rules {
		assert.Equal(t, []byte(want.Rules[i].Code), []byte{byte(r.Code.Method())})
		assert.Equal(t, want.Rules[i].NextIfFails, r.Code.NextIfUnsuccessful())
		assert.Equal(t, []byte(want.Rules[i].Condition), []byte{byte(r.Condition)})
		assert.Equal(t, r.Code, emv.NewCVMCode(r.Code.Method(), r.Code.NextIfUnsuccessful()))
	}
}

func checkWalk(t *testing.T, c vectors.Case[cvmIn, cvmOut], list emv.CVMList) {
	t.Helper()
	outcome, ok := map[string]emv.PINOutcome{
		"right": emv.PINAccepted, "entered": emv.PINAccepted, "bypassed": emv.PINNotEntered,
		"blocked": emv.PINTryLimitExceeded, "wrong-then-blocked": emv.PINTryLimitExceeded,
	}[c.In.PIN]
	require.True(t, ok)
	kind, ok := map[string]emv.TransactionKind{
		"purchase": emv.Purchase, "cashback": emv.PurchaseWithCashback, "manual-cash": emv.ManualCash, "unattended-cash": emv.UnattendedCash,
	}[c.In.Transaction]
	require.True(t, ok)
	walk, err := list.Walk(emv.CVMFacts{
		Capabilities: capabilities(t, c.In.Supported...),
		Amount:       c.In.Amount, ApplicationCurrency: c.In.CurrencyMatch, Kind: kind,
		EnterPIN: func(emv.CVM) (emv.PINOutcome, error) { return outcome, nil },
	})
	require.NoError(t, err)
	assert.Equal(t, []byte(c.Out.CVMResults), walk.Results[:])
	assert.Equal(t, emv.TVR{2: c.Out.TVRByte3[0]}, walk.TVR)
	assert.Equal(t, c.Out.TSIByte1Bit7 == 1, walk.TSI().Has(emv.TSICardholderVerificationPerformed))
	assert.Len(t, walk.TSI().Bits(), 1)
}

// capabilities returns those of a terminal with the CVMs of that names.
func capabilities(t testing.TB, names ...string) emv.TerminalCapabilities {
	t.Helper()
	var c emv.TerminalCapabilities
	for _, name := range names {
		bit, ok := map[string]emv.Bit[emv.TerminalCapabilities]{
			"plaintext-offline-pin": emv.TerminalPlaintextPIN, "enciphered-offline-pin": emv.TerminalEncipheredPIN,
			"online-pin": emv.TerminalOnlinePIN, "signature": emv.TerminalSignature, "no-cvm": emv.TerminalNoCVM,
		}[name]
		require.True(t, ok, name)
		c.Set(bit)
	}
	return c
}

func TestParseCVMListRefuses(t *testing.T) {
	_, err := emv.ParseCVMList(make([]byte, 8))
	require.ErrorIs(t, err, emv.ErrNoCVMRules, "amounts alone: as seen on Amex-style contactless cards")
	require.ErrorIs(t, err, emv.ErrMalformed)
	for _, length := range []int{0, 1, 7, 9, 11, 253, 254} {
		_, err := emv.ParseCVMList(make([]byte, length))
		assert.ErrorIs(t, err, emv.ErrMalformed, "%d bytes", length)
		assert.NotErrorIs(t, err, emv.ErrNoCVMRules, "%d bytes", length)
	}
	list, err := emv.ParseCVMList(make([]byte, 252))
	require.NoError(t, err)
	assert.Len(t, list.Rules, 122)
}

func TestCVMResults(t *testing.T) {
	for text, b := range map[string][]byte{
		"Plaintext PIN verification performed by ICC, If terminal supports the CVM: successful":  {0x41, 0x03, 0x02},
		"Enciphered PIN verification performed by ICC, If terminal supports the CVM: successful": {0x44, 0x03, 0x02},
		"Enciphered PIN verified online, Always: unknown":                                        {0x42, 0x00, 0x00},
		"Signature (paper), If terminal supports the CVM: unknown":                               {0x5E, 0x03, 0x00},
		"No CVM performed: unknown":       {0x3F, 0x00, 0x00},
		"No CVM performed: failed":        {0x3F, 0x00, 0x01},
		"CVM 2A, condition 80: result 03": {0x2A, 0x80, 0x03},
	} {
		r, err := emv.ParseCVMResults(b)
		require.NoError(t, err)
		assert.Equal(t, text, r.String())
		assert.Equal(t, r, emv.NewCVMResults(r.Rule(), r.Result()))
	}
	assert.Equal(t, emv.CVMResults{0x3F, 0, 0}, emv.NoCVMPerformed(emv.CVMUnknown))
	_, err := emv.ParseCVMResults([]byte{0x3F, 0})
	require.ErrorIs(t, err, emv.ErrMalformed)
}

func TestCVMRecognised(t *testing.T) {
	for m := emv.CVM(0); m <= 0x3F; m++ {
		want := m <= 0x0F || m == 0x1E || m == 0x1F
		assert.Equal(t, want, m.Recognised(), "%02X", byte(m))
	}
}

// walkCase is a walk with what the reader of EMV Book 3, 10.5 and of Table 2 in
// Book 4, 6.3.4.5 expects of it.
type walkCase struct {
	list      []byte // rules alone; X is 5000, Y is 10000
	supported []string
	facts     emv.CVMFacts // amount, currency and kind
	pins      []emv.PINOutcome
	results   emv.CVMResults
	tvr       byte // byte 3
	tvr4      byte // byte 4
	asked     []emv.CVM
	fates     []emv.CVMFate
}

var (
	allPIN  = []string{"plaintext-offline-pin", "enciphered-offline-pin", "online-pin"}
	allCVMs = append([]string{"signature", "no-cvm"}, allPIN...)
)

func (c walkCase) run(t *testing.T) {
	list, err := emv.ParseCVMList(append([]byte{0, 0, 0x13, 0x88, 0, 0, 0x27, 0x10}, c.list...))
	require.NoError(t, err)
	facts := c.facts
	facts.Capabilities = capabilities(t, c.supported...)
	var asked []emv.CVM
	facts.EnterPIN = func(m emv.CVM) (emv.PINOutcome, error) {
		require.Less(t, len(asked), len(c.pins), "a PIN was asked for once too often")
		asked = append(asked, m)
		return c.pins[len(asked)-1], nil
	}
	walk, err := list.Walk(facts)
	require.NoError(t, err)
	assert.Equal(t, c.results, walk.Results)
	assert.Equal(t, emv.TVR{2: c.tvr, 3: c.tvr4}, walk.TVR)
	checkCauses(t, walk)
	assert.Equal(t, c.tvr&0x80 == 0, walk.Successful())
	assert.Equal(t, c.asked, asked)
	if c.fates != nil {
		var fates []emv.CVMFate
		for i, s := range walk.Steps {
			assert.Equal(t, list.Rules[i], s.Rule)
			fates = append(fates, s.Fate)
		}
		assert.Equal(t, c.fates, fates)
	}
}

func TestCVMWalk(t *testing.T) {
	for name, c := range map[string]walkCase{
		"signature": {
			list: []byte{0x1E, 0x00}, supported: allCVMs,
			results: emv.CVMResults{0x1E, 0x00, 0x00}, fates: []emv.CVMFate{emv.RuleUnknown},
		},
		"no CVM required": {
			list: []byte{0x5F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x5F, 0x00, 0x02},
			fates: []emv.CVMFate{emv.RuleSuccessful},
		},
		"no CVM required is not supported": {
			list: []byte{0x1F, 0x00}, supported: allPIN, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x80,
			fates: []emv.CVMFate{emv.RuleUnsupported},
		},
		"online PIN": {
			list: []byte{0x02, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINAccepted}, asked: []emv.CVM{emv.CVMOnlinePIN},
			results: emv.CVMResults{0x02, 0x00, 0x00}, tvr: 0x04,
		},
		"online PIN bypassed": {
			list: []byte{0x02, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINNotEntered}, asked: []emv.CVM{emv.CVMOnlinePIN},
			results: emv.CVMResults{0x02, 0x00, 0x01}, tvr: 0x88,
		},
		"offline PIN bypassed, then signature": {
			list: []byte{0x44, 0x03, 0x1E, 0x03}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINNotEntered}, asked: []emv.CVM{emv.CVMEncipheredPIN},
			results: emv.CVMResults{0x1E, 0x03, 0x00}, tvr: 0x08, fates: []emv.CVMFate{emv.RuleFailed, emv.RuleUnknown},
		},
		"PIN pad out of order": {
			list: []byte{0x01, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINPadNotWorking}, asked: []emv.CVM{emv.CVMPlaintextPIN},
			results: emv.CVMResults{0x01, 0x00, 0x01}, tvr: 0x90,
		},
		"card without an answer": {
			list: []byte{0x41, 0x00, 0x1F, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINRefused}, asked: []emv.CVM{emv.CVMPlaintextPIN},
			results: emv.CVMResults{0x1F, 0x00, 0x02},
		},
		"blocked PIN, then online PIN: both bits": {
			list: []byte{0x44, 0x03, 0x42, 0x03}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINTryLimitExceeded, emv.PINAccepted},
			asked: []emv.CVM{emv.CVMEncipheredPIN, emv.CVMOnlinePIN}, results: emv.CVMResults{0x42, 0x03, 0x00}, tvr: 0x24,
		},
		"fail CVM ends the walk": {
			list: []byte{0x00, 0x00, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x00, 0x00, 0x01}, tvr: 0x80,
			fates: []emv.CVMFate{emv.RuleFailed},
		},
		"fail CVM with next ends the walk all the same": {
			list: []byte{0x40, 0x00, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x40, 0x00, 0x01}, tvr: 0x80,
			fates: []emv.CVMFate{emv.RuleFailed},
		},
		"fail CVM is always supported": {
			list: []byte{0x00, 0x03}, results: emv.CVMResults{0x00, 0x03, 0x01}, tvr: 0x80,
		},

		// Combinations: both parts have to be supported; the PIN is asked for.
		"plaintext PIN and signature": {
			list: []byte{0x03, 0x03}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINAccepted}, asked: []emv.CVM{emv.CVMPlaintextPIN},
			results: emv.CVMResults{0x03, 0x03, 0x00},
		},
		"enciphered PIN and signature": {
			list: []byte{0x45, 0x03}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINAccepted}, asked: []emv.CVM{emv.CVMEncipheredPIN},
			results: emv.CVMResults{0x45, 0x03, 0x00},
		},
		"enciphered PIN of a combination refused": {
			list: []byte{0x05, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINTryLimitExceeded}, asked: []emv.CVM{emv.CVMEncipheredPIN},
			results: emv.CVMResults{0x05, 0x00, 0x01}, tvr: 0xA0,
		},
		"combination without signature": {
			list: []byte{0x43, 0x03, 0x5F, 0x00}, supported: []string{"plaintext-offline-pin", "no-cvm"}, results: emv.CVMResults{0x5F, 0x00, 0x02},
			fates: []emv.CVMFate{emv.RuleBypassed, emv.RuleSuccessful},
		},
		"combination without PIN, unconditional": {
			list: []byte{0x03, 0x00}, supported: []string{"signature"}, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x90,
		},
		"combination without signature, unconditional: it has a PIN pad": {
			list: []byte{0x03, 0x00}, supported: []string{"plaintext-offline-pin"}, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x80,
		},

		// Understood, but not supported.
		"online PIN without PIN pad": {
			list: []byte{0x42, 0x00, 0x1E, 0x00}, supported: []string{"signature"}, results: emv.CVMResults{0x1E, 0x00, 0x00}, tvr: 0x10,
			fates: []emv.CVMFate{emv.RuleUnsupported, emv.RuleUnknown},
		},
		"offline PIN without PIN pad ends the walk": {
			list: []byte{0x04, 0x00, 0x1E, 0x00}, supported: []string{"signature"}, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x90,
		},
		"enciphered PIN where only the plaintext one is supported": {
			list: []byte{0x04, 0x00}, supported: []string{"plaintext-offline-pin"}, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x80,
		},
		"signature not supported": {
			list: []byte{0x5E, 0x00, 0x5F, 0x00}, supported: []string{"no-cvm"}, results: emv.CVMResults{0x5F, 0x00, 0x02},
		},
		"biometrics are understood": {
			list: []byte{0x48, 0x00, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x00, 0x02},
			tvr4: 0x02, fates: []emv.CVMFate{emv.RuleUnsupported, emv.RuleSuccessful},
		},
		"biometrics if supported": {
			list: []byte{0x0F, 0x03, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x00, 0x02},
			fates: []emv.CVMFate{emv.RuleBypassed, emv.RuleSuccessful},
		},
		"the card's try limit is none of an online PIN": {
			list: []byte{0x02, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINTryLimitExceeded}, asked: []emv.CVM{emv.CVMOnlinePIN},
			results: emv.CVMResults{0x02, 0x00, 0x01}, tvr: 0x80, fates: []emv.CVMFate{emv.RuleFailed},
		},

		// Not understood.
		"RFU code, then the next rule": {
			list: []byte{0x50, 0x00, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x00, 0x02}, tvr: 0x40,
			fates: []emv.CVMFate{emv.RuleUnrecognised, emv.RuleSuccessful},
		},
		"RFU code that ends the walk": {
			list: []byte{0x10, 0x00, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0xC0,
		},
		"issuer's own code at the end": {
			list: []byte{0x70, 0x00}, supported: allCVMs, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0xC0,
		},
		"RFU code under the condition that it is supported": {
			list: []byte{0x10, 0x03, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x00, 0x02},
			fates: []emv.CVMFate{emv.RuleBypassed, emv.RuleSuccessful},
		},
		"RFU code under a condition that does not hold": {
			list: []byte{0x10, 0x01, 0x1F, 0x00}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x00, 0x02},
		},
		"condition not understood, whatever bit 7 says": {
			list: []byte{0x1F, 0x0A, 0x1F, 0x80, 0x1F, 0x02}, supported: allCVMs, results: emv.CVMResults{0x1F, 0x02, 0x02},
			fates: []emv.CVMFate{emv.RuleBypassed, emv.RuleBypassed, emv.RuleSuccessful},
		},

		// The results keep the CVM performed last.
		"failed PIN, then conditions that do not hold": {
			list: []byte{0x41, 0x03, 0x5F, 0x01, 0x42, 0x04}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINTryLimitExceeded}, asked: []emv.CVM{emv.CVMPlaintextPIN},
			results: emv.CVMResults{0x41, 0x03, 0x01}, tvr: 0xA0, fates: []emv.CVMFate{emv.RuleFailed, emv.RuleBypassed, emv.RuleBypassed},
		},
		"failed PIN, then one that is not supported": {
			list: []byte{0x41, 0x03, 0x1E, 0x00}, supported: allPIN, pins: []emv.PINOutcome{emv.PINRefused}, asked: []emv.CVM{emv.CVMPlaintextPIN},
			results: emv.CVMResults{0x41, 0x03, 0x01}, tvr: 0x80,
		},
		"failed PIN, then one that is not understood": {
			list: []byte{0x44, 0x00, 0x3A, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINNotEntered}, asked: []emv.CVM{emv.CVMEncipheredPIN},
			results: emv.CVMResults{0x44, 0x00, 0x01}, tvr: 0xC8,
		},
		"failed PIN, then fail CVM": {
			list: []byte{0x44, 0x00, 0x00, 0x00}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINRefused}, asked: []emv.CVM{emv.CVMEncipheredPIN},
			results: emv.CVMResults{0x00, 0x00, 0x01}, tvr: 0x80,
		},
		"two PINs fail": {
			list: []byte{0x44, 0x00, 0x41, 0x03}, supported: allCVMs, pins: []emv.PINOutcome{emv.PINRefused, emv.PINTryLimitExceeded},
			asked: []emv.CVM{emv.CVMEncipheredPIN, emv.CVMPlaintextPIN}, results: emv.CVMResults{0x41, 0x03, 0x01}, tvr: 0xA0,
		},
		"nothing supported": {
			list: []byte{0x44, 0x03, 0x41, 0x03, 0x42, 0x03, 0x5E, 0x03, 0x1F, 0x03}, results: emv.CVMResults{0x3F, 0x00, 0x01}, tvr: 0x80,
		},
	} {
		t.Run(name, c.run)
	}
}

// TestCVMConditions tries each condition with each kind of transaction, amount
// and currency.
func TestCVMConditions(t *testing.T) {
	kinds := []emv.TransactionKind{emv.Purchase, emv.PurchaseWithCashback, emv.ManualCash, emv.UnattendedCash}
	for condition, holds := range map[emv.CVMCondition]func(emv.TransactionKind) bool{
		emv.CVMAlways:             func(emv.TransactionKind) bool { return true },
		emv.CVMUnattendedCash:     func(k emv.TransactionKind) bool { return k == emv.UnattendedCash },
		emv.CVMNotCashNorCashback: func(k emv.TransactionKind) bool { return k == emv.Purchase },
		emv.CVMSupported:          func(emv.TransactionKind) bool { return true },
		emv.CVMManualCash:         func(k emv.TransactionKind) bool { return k == emv.ManualCash },
		emv.CVMCashback:           func(k emv.TransactionKind) bool { return k == emv.PurchaseWithCashback },
		10:                        func(emv.TransactionKind) bool { return false },
		0xFF:                      func(emv.TransactionKind) bool { return false },
	} {
		for _, kind := range kinds {
			assert.Equal(t, holds(kind), applies(t, condition, emv.CVMFacts{Kind: kind}), "%v, kind %d", condition, kind)
		}
	}
	type amounts struct{ underX, overX, underY, overY bool }
	for amount, want := range map[uint64]amounts{
		0: {true, false, true, false}, 4999: {true, false, true, false}, 5000: {false, false, true, false}, 5001: {false, true, true, false},
		9999: {false, true, true, false}, 10000: {false, true, false, false}, 10001: {false, true, false, true}, 1 << 33: {false, true, false, true},
	} {
		facts := emv.CVMFacts{Amount: amount, ApplicationCurrency: true}
		assert.Equal(t, want, amounts{applies(t, emv.CVMUnderX, facts), applies(t, emv.CVMOverX, facts),
			applies(t, emv.CVMUnderY, facts), applies(t, emv.CVMOverY, facts)}, "amount %d", amount)
		facts.ApplicationCurrency = false
		for c := emv.CVMUnderX; c <= emv.CVMOverY; c++ {
			assert.False(t, applies(t, c, facts), "another currency")
		}
	}
}

// applies reports whether a rule "no CVM required" with the condition is taken.
func applies(t *testing.T, c emv.CVMCondition, facts emv.CVMFacts) bool {
	t.Helper()
	facts.Capabilities = capabilities(t, "no-cvm")
	walk, err := emv.CVMList{X: 5000, Y: 10000, Rules: []emv.CVMRule{{Code: emv.CVMCode(emv.CVMNone), Condition: c}}}.Walk(facts)
	require.NoError(t, err)
	return walk.Successful()
}

func TestCVMWalkError(t *testing.T) {
	pulled := errors.New("card pulled")
	for _, method := range []emv.CVM{emv.CVMPlaintextPIN, emv.CVMOnlinePIN, emv.CVMEncipheredPINAndSignature} {
		walk, err := emv.CVMList{Rules: []emv.CVMRule{{Code: emv.NewCVMCode(method, true)}, {Code: emv.CVMCode(emv.CVMNone)}}}.Walk(emv.CVMFacts{
			Capabilities: capabilities(t, allCVMs...),
			EnterPIN:     func(emv.CVM) (emv.PINOutcome, error) { return emv.PINAccepted, pulled },
		})
		require.ErrorIs(t, err, pulled)
		assert.Equal(t, emv.CVMWalk{}, walk)
	}
}

// A PIN enciphered by elliptic curves is an offline PIN like any other.
func TestEncipheredPINByEllipticCurves(t *testing.T) {
	var ecc emv.TerminalCapabilities
	ecc.Set(emv.TerminalEncipheredPINECC)
	assert.True(t, ecc.SupportsCVM(emv.CVMEncipheredPIN))
	assert.False(t, ecc.SupportsCVM(emv.CVMEncipheredPINAndSignature))
	ecc.Set(emv.TerminalSignature)
	assert.True(t, ecc.SupportsCVM(emv.CVMEncipheredPINAndSignature))
	walk, err := emv.CVMList{Rules: []emv.CVMRule{{Code: emv.CVMCode(emv.CVMPlaintextPIN)}}}.Walk(emv.CVMFacts{Capabilities: ecc})
	require.NoError(t, err)
	assert.False(t, walk.TVR.Has(emv.TVRPINPadNotWorking), "there is a PIN pad")
	assert.False(t, emv.TerminalCapabilities{1: 0xFF}.SupportsCVM(0x06), "the walk can not perform biometrics")
}

func TestCVMWalkWithoutPINEntry(t *testing.T) {
	walk, err := emv.CVMList{Rules: []emv.CVMRule{{Code: emv.CVMCode(emv.CVMPlaintextPIN)}}}.Walk(emv.CVMFacts{Capabilities: capabilities(t, allCVMs...)})
	require.NoError(t, err)
	assert.Equal(t, emv.TVR{2: 0x90}, walk.TVR)
}

func TestCVMFateNames(t *testing.T) {
	assert.Equal(t, "bypassed", emv.RuleBypassed.String())
	assert.Equal(t, "successful", emv.RuleSuccessful.String())
	assert.Equal(t, "CVMFate(6)", emv.CVMFate(6).String())
}

// checkWellFormed checks what holds of every walk.
func checkWellFormed(t require.TestingT, list emv.CVMList, walk emv.CVMWalk) {
	performed := walk.Results.Rule().Code.Method() != emv.CVMNotPerformed
	want := emv.TVR{2: walk.TVR[2] & 0xFC}
	for _, s := range walk.Steps {
		if m := s.Rule.Code.Method(); m >= 0x06 && m <= 0x0F && s.Fate == emv.RuleUnsupported {
			want.Set(emv.TVRBiometricTypeNotSupported)
		}
	}
	require.Equal(t, want, walk.TVR, "of the bits of biometrics that of an unsupported one alone")
	require.LessOrEqual(t, walk.Results.Result(), emv.CVMSuccessful)
	require.Equal(t, walk.Results.Result() != emv.CVMFailed, walk.Successful())
	require.LessOrEqual(t, len(walk.Steps), len(list.Rules))
	last := emv.CVMStep{}
	for i, s := range walk.Steps {
		require.Equal(t, list.Rules[i], s.Rule)
		goesOn := s.Rule.Code.NextIfUnsuccessful() && s.Rule.Code.Method() != emv.CVMFail
		ended := s.Fate >= emv.RuleUnknown || s.Fate != emv.RuleBypassed && !goesOn
		require.Equal(t, ended || i == len(list.Rules)-1, i == len(walk.Steps)-1)
		if s.Fate >= emv.RuleFailed {
			last = s
		}
	}
	require.Equal(t, performed, last.Fate >= emv.RuleFailed)
	if performed {
		require.Equal(t, last.Rule, walk.Results.Rule())
	} else {
		require.Equal(t, emv.CVMResults{0x3F, 0, 1}, walk.Results)
	}
}

func TestCVMWalkWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := emv.CVMList{X: rapid.Uint32().Draw(t, "X"), Y: rapid.Uint32().Draw(t, "Y")}
		for range rapid.IntRange(1, 8).Draw(t, "rules") {
			list.Rules = append(list.Rules, emv.CVMRule{
				// Mostly methods that the Books define.
				Code:      emv.NewCVMCode(emv.CVM(rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 6, 0x10, 0x1E, 0x1F}).Draw(t, "method")), rapid.Bool().Draw(t, "next")),
				Condition: emv.CVMCondition(rapid.IntRange(0, 10).Draw(t, "condition")),
			})
		}
		walk, err := list.Walk(emv.CVMFacts{
			Capabilities: emv.TerminalCapabilities{1: rapid.Byte().Draw(t, "CVM capabilities")},
			Amount:       rapid.Uint64().Draw(t, "amount"), ApplicationCurrency: rapid.Bool().Draw(t, "application currency"),
			Kind: emv.TransactionKind(rapid.IntRange(0, 3).Draw(t, "kind")),
			EnterPIN: func(emv.CVM) (emv.PINOutcome, error) {
				return emv.PINOutcome(rapid.IntRange(0, 4).Draw(t, "PIN")), nil
			},
		})
		require.NoError(t, err)
		checkWellFormed(t, list, walk)
		again, err := emv.ParseCVMList(list.Append(nil))
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}

// checkCauses wants one cause for each bit that is set, and none for another.
func checkCauses(t *testing.T, walk emv.CVMWalk) {
	t.Helper()
	var caused emv.TVR
	for _, cause := range walk.Causes {
		assert.False(t, caused.Has(cause.Bit), "%s has two causes", cause.Bit)
		caused.Set(cause.Bit)
		assert.NotEmpty(t, cause.Why)
		assert.Contains(t, []string{"Book 3, 10.5", "Book 3, 10.5.1", "Book 3, 10.5.2"}, cause.Section)
		assert.LessOrEqual(t, cause.Number, len(walk.Steps))
	}
	assert.Equal(t, walk.TVR, caused)
}

func TestCVMCauses(t *testing.T) {
	list := emv.CVMList{Rules: []emv.CVMRule{{Code: 0x60}, {Code: 0x42}, {Code: 0x44}, {Code: 0x41, Condition: 1}}}
	outcomes := map[emv.CVM]emv.PINOutcome{emv.CVMOnlinePIN: emv.PINNotEntered, emv.CVMEncipheredPIN: emv.PINTryLimitExceeded}
	walk, err := list.Walk(emv.CVMFacts{
		Capabilities: capabilities(t, allPIN...),
		EnterPIN:     func(m emv.CVM) (emv.PINOutcome, error) { return outcomes[m], nil },
	})
	require.NoError(t, err)
	assert.Equal(t, []emv.CVMCause{
		{Bit: emv.TVRUnrecognisedCVM, Number: 1, Section: "Book 3, 10.5", Why: "CVM 20 is none that EMV defines"},
		{Bit: emv.TVRPINNotEntered, Number: 2, Section: "Book 3, 10.5.2", Why: "the entry of the PIN was bypassed"},
		{Bit: emv.TVRPINTryLimitExceeded, Number: 3, Section: "Book 3, 10.5.1", Why: "the card takes no further PIN"},
		{Bit: emv.TVRCardholderVerificationNotSuccessful, Number: 4, Section: "Book 3, 10.5", Why: "the list ends"},
	}, walk.Causes)
}
