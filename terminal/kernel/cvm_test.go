package kernel_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/terminal/kernel"
)

// pinBench is a transaction with a CVM list, a try counter and answers to
// VERIFY.
func pinBench(t *testing.T, rules, counter string, verify ...string) *bench {
	b := newBench(t)
	b.records[0x8E] = "0000000000000000" + rules
	b.card.answers["80CA9F17"] = []string{counter}
	if len(verify) > 0 {
		b.card.answers["0020"] = verify
	}
	return b
}

const threeTries = "9F1701039000"

func TestOfflinePIN(t *testing.T) {
	pins := func(digits ...string) []kernel.PINEntry {
		var entries []kernel.PINEntry
		for _, d := range digits {
			entries = append(entries, enter(t, d))
		}
		return entries
	}
	for name, c := range map[string]struct {
		bench   *bench
		entries []kernel.PINEntry
		results string
		byte3   byte
		asked   []int // tries left at each prompt
		shown   []kernel.Message
	}{
		"right": {pinBench(t, "41031F00", threeTries, "9000"), pins("1234"), "410302", 0, []int{3}, []kernel.Message{kernel.MessagePINOK}},
		"wrong, wrong, right": {pinBench(t, "41031F00", threeTries, "63C2", "63C1", "9000"), pins("1111", "2222", "1234"), "410302", 0, []int{3, 2, 1},
			[]kernel.Message{kernel.MessageIncorrectPIN, kernel.MessageIncorrectPIN, kernel.MessageLastPINTry, kernel.MessagePINOK}},
		"wrong to the end": {pinBench(t, "41031F00", threeTries, "63C2", "63C1", "63C0"), pins("1111", "2222", "3333"), "1F0002", 0x20, []int{3, 2, 1},
			[]kernel.Message{kernel.MessageIncorrectPIN, kernel.MessageIncorrectPIN, kernel.MessageLastPINTry, kernel.MessageIncorrectPIN}},
		"last try at once":        {pinBench(t, "41031F00", "9F1701019000", "9000"), pins("1234"), "410302", 0, []int{1}, []kernel.Message{kernel.MessageLastPINTry, kernel.MessagePINOK}},
		"counter zero":            {pinBench(t, "41031F00", "9F1701009000"), nil, "1F0002", 0x20, nil, nil},
		"blocked at VERIFY":       {pinBench(t, "41031F00", threeTries, "6983"), pins("1234"), "1F0002", 0x20, []int{3}, nil},
		"unavailable at VERIFY":   {pinBench(t, "41031F00", threeTries, "6984"), pins("1234"), "1F0002", 0x20, []int{3}, nil},
		"no counter":              {pinBench(t, "41031F00", "6A88", "63C1", "9000"), pins("1111", "1234"), "410302", 0, []int{-1, 1}, []kernel.Message{kernel.MessageIncorrectPIN, kernel.MessageLastPINTry, kernel.MessagePINOK}},
		"bypassed":                {pinBench(t, "41031F00", threeTries), []kernel.PINEntry{kernel.Bypassed()}, "1F0002", 0x08, []int{3}, nil},
		"bypassed, one PIN only":  {pinBench(t, "410342001F00", threeTries), []kernel.PINEntry{kernel.Bypassed()}, "1F0002", 0x08, []int{3}, nil},
		"pad failed":              {pinBench(t, "410342001F00", threeTries), []kernel.PINEntry{kernel.PadFailed()}, "1F0002", 0x10, []int{3}, nil},
		"reader says right":       {pinBench(t, "41031F00", threeTries), []kernel.PINEntry{kernel.VerifiedByReader(apdu.SWSuccess)}, "410302", 0, []int{3}, []kernel.Message{kernel.MessagePINOK}},
		"reader says wrong":       {pinBench(t, "41031F00", threeTries), []kernel.PINEntry{kernel.VerifiedByReader(0x63C2), kernel.VerifiedByReader(0x9000)}, "410302", 0, []int{3, 2}, []kernel.Message{kernel.MessageIncorrectPIN, kernel.MessagePINOK}},
		"PIN and signature":       {pinBench(t, "03001F00", threeTries, "9000"), pins("1234"), "030000", 0, []int{3}, []kernel.Message{kernel.MessagePINOK}},
		"no key to encipher":      {pinBench(t, "440341031F00", threeTries, "9000"), pins("1234"), "410302", 0, []int{3}, []kernel.Message{kernel.MessagePINOK}},
		"fails without next rule": {pinBench(t, "01001F00", threeTries, "6983"), pins("1234"), "010001", 0xA0, []int{3}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c.bench.cardholder.entries = c.entries
			r := c.bench.run()
			assert.Equal(t, unhexed(c.results), r.CVMResults[:], texts(r))
			assert.Equal(t, c.byte3, r.TVR[2])
			var asked []int
			for i, p := range c.bench.cardholder.prompts {
				asked = append(asked, p.TriesLeft)
				assert.Equal(t, i > 0, p.Retry)
				assert.Equal(t, p.TriesLeft == 1, p.LastTry())
				assert.True(t, p.Bypass)
				assert.EqualValues(t, 1200, p.Amount)
			}
			assert.Equal(t, c.asked, asked)
			messages := c.bench.cardholder.messages
			assert.Equal(t, c.shown, append([]kernel.Message(nil), messages[:len(messages)-3]...))
			assert.True(t, c.bench.online.requests[0].PIN.IsZero())
		})
	}
}

// TestVerifyCommand sends the PIN in a format 2 block.
func TestVerifyCommand(t *testing.T) {
	b := pinBench(t, "41031F00", threeTries, "9000")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "123456")}
	b.run()
	assert.Equal(t, []string{"002000800826123456FFFFFFFF"}, b.card.sentWith("0020"))
}

// TestFirstPIN is a chip whose PIN was never set: the list falls to online PIN.
func TestFirstPIN(t *testing.T) {
	b := pinBench(t, "440341034203"+"5E031F03", "9F1701009000")
	b.profile.CAPublicKeys = odaKeys(t).set(t)
	odaKeys(t).personalise(b, "3C00")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
	r := b.run()
	assert.Equal(t, byte(0x24), r.TVR[2], texts(r))
	assert.Equal(t, emv.CVMResults{0x42, 0x03, 0x00}, r.CVMResults)
	require.Len(t, b.cardholder.prompts, 1)
	assert.Equal(t, emv.CVMOnlinePIN, b.cardholder.prompts[0].Method)
	assert.Len(t, b.card.sentWith("80CA9F17"), 1, "the counter is read once")
	require.False(t, b.online.requests[0].PIN.IsZero())
	b.online.requests[0].PIN.Open(func(digits []byte) { assert.Equal(t, "1234", string(digits)) })
}

// TestOnlinePINIsKeptOnlyAsTheLastMethod does not send what was bypassed.
func TestOnlinePIN(t *testing.T) {
	b := pinBench(t, "42001F00", "6A88")
	b.cardholder.entries = []kernel.PINEntry{kernel.Bypassed()}
	r := b.run()
	assert.Equal(t, byte(0x08), r.TVR[2])
	assert.True(t, b.online.requests[0].PIN.IsZero())

	b = pinBench(t, "42001F00", "6A88")
	b.cardholder.entries = []kernel.PINEntry{kernel.VerifiedByReader(apdu.SWSuccess)}
	assert.Equal(t, byte(0x10), b.run().TVR[2], "a reader verifies no online PIN")
}

// TestSignature is asked for only where the purchase stands.
func TestSignature(t *testing.T) {
	b := pinBench(t, "1E00", "6A88")
	r := b.run()
	assert.True(t, r.SignatureNeeded)
	assert.Equal(t, emv.CVMResults{0x1E, 0x00, 0x00}, r.CVMResults)
	b = pinBench(t, "1E00", "6A88")
	b.online.response.ARC = 0x3035
	assert.False(t, b.run().SignatureNeeded)
}

// TestConditions compare amounts in the application currency alone.
func TestConditions(t *testing.T) {
	rules := "1E06" + "1F00" // signature under X
	for name, c := range map[string]struct {
		amount, currency string
		results          string
	}{
		"under X":        {"000004B1", "0978", "1E0600"},
		"not under X":    {"000004B0", "0978", "1F0002"},
		"other currency": {"000004B1", "0840", "1F0002"},
		"no currency":    {"000004B1", "", "1F0002"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.records[0x8E], b.records[0x9F42] = c.amount+"00000000"+rules, c.currency
			r := b.run()
			assert.Equal(t, unhexed(c.results), r.CVMResults[:])
		})
	}
}

// TestCVMNotPerformed leaves the results at 3F0000.
func TestCVMNotPerformed(t *testing.T) {
	b := newBench(t)
	b.aip = "0C00"
	assert.Equal(t, emv.CVMResults{0x3F, 0, 0}, b.run().CVMResults)
}

// TestUnknownStatusOfVerify ends the transaction.
func TestUnknownStatusOfVerify(t *testing.T) {
	b := pinBench(t, "41031F00", threeTries, "6985")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
	r := b.run()
	assert.Equal(t, kernel.NotAccepted, r.Outcome)
	assert.Contains(t, r.Reason, "VERIFY")
}

// TestPINEntryBrokenOff keeps the cause.
func TestPINEntryBrokenOff(t *testing.T) {
	for _, rules := range []string{"41001F00", "42001F00"} {
		b := pinBench(t, rules, threeTries)
		b.cardholder.err = errors.New("till closed")
		r := b.run()
		assert.Equal(t, kernel.NotAccepted, r.Outcome)
		assert.ErrorIs(t, r.Cause, b.cardholder.err)
	}
}

// TestCardThatNeverBlocks counts up instead of down.
func TestCardThatNeverBlocks(t *testing.T) {
	b := pinBench(t, "41031F00", threeTries, "63CF")
	for range 40 {
		b.cardholder.entries = append(b.cardholder.entries, enter(t, "1234"))
	}
	r := b.run()
	assert.Equal(t, byte(0x20), r.TVR[2])
	assert.Len(t, b.card.sentWith("0020"), 16)
}

// TestCardPulledInPINEntry pulls it at GET DATA and at VERIFY.
func TestCardPulledInPINEntry(t *testing.T) {
	for _, at := range []int{6, 7} {
		b := pinBench(t, "41031F00", threeTries, "9000")
		b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
		b.card.pullAt = at
		assert.Equal(t, kernel.CardRemoved, b.run().Outcome)
	}
}
