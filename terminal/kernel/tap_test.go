package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

const ppse = "325041592E5359532E4444463031"

// tapBench is a transaction with a tapped card.
func tapBench(t *testing.T) *bench {
	b := newBench(t)
	b.tx.Contactless = true
	entries := entry(otherAID, "54574F", "02") + entry(testAID, "4F4E45", "01")
	b.card.answers["00A404000E"+ppse] = []string{fci(ppse, object(0xBF0C, entries))}
	return b
}

// TestTap goes online with its only cryptogram, and delivers nothing.
func TestTap(t *testing.T) {
	b := tapBench(t)
	b.records[0x8D] = ""
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	b.online.response.Scripts = [][]byte{script("71", command1), script("72", command1)}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, []string{"00A404000E" + ppse + "00", "00A4040008" + testAID + "00", "80A8000002830000", "00B2010C00"}, b.card.sent[:4])
	assert.Len(t, b.card.sent, 5, "one GENERATE AC and nothing behind it")
	assert.Empty(t, r.ScriptResults)
	assert.Equal(t, kernel.EntryChipContactless, b.online.requests[0].EntryMode)
	mode, _ := r.Data.Value(0x9F39)
	assert.Equal(t, []byte{0x07}, mode)
	assert.Empty(t, b.cardholder.offered)
	assert.NotContains(t, b.cardholder.messages, kernel.MessageRemoveCard)
}

func TestTapOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome kernel.Outcome
		arc     string
	}{
		"declined online":  {func(b *bench) { b.online.response.ARC = 0x3035 }, kernel.DeclinedOnline, "05"},
		"unable":           {func(b *bench) { b.offline = true }, kernel.DeclinedOffline, "Z3"},
		"approved offline": {func(b *bench) { b.app().FloorLimit = 5000 }, kernel.ApprovedOffline, "Y1"},
		"declined":         {func(b *bench) { b.card.answers["80AE80"] = []string{generated("00")} }, kernel.DeclinedOffline, "Z1"},
		"CDA failed": {func(b *bench) {
			b.profile.CAPublicKeys = odaKeys(b.t).set(b.t)
			odaKeys(b.t).personalise(b, "1D00")
			delete(b.card.handle, "80AE90")
			b.card.answers["80AE90"] = []string{generated("80")}
		}, kernel.DeclinedOffline, "Z1"},
		"no PPSE":        {func(b *bench) { b.card.answers["00A404000E"+ppse] = []string{"6A82"} }, kernel.Fallback, "\x00\x00"},
		"PPSE malformed": {func(b *bench) { b.card.answers["00A404000E"+ppse] = []string{fci(ppse, object(0xBF0C, "6105"))} }, kernel.Fallback, "\x00\x00"},
		"nothing for us": {func(b *bench) {
			b.card.answers["00A404000E"+ppse] = []string{fci(ppse, object(0xBF0C, entry("A0000000031010", "41", "01")))}
		}, kernel.Fallback, "\x00\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			b := tapBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.arc, r.ARC.String())
			assert.LessOrEqual(t, len(b.card.sentWith("80AE")), 1)
		})
	}
}

// TestTapMethods leaves out what a tap has no command for.
func TestTapMethods(t *testing.T) {
	b := tapBench(t)
	b.profile.CAPublicKeys = odaKeys(t).set(t)
	b.records[0x8E] = "0000000000000000" + "41034403" + "42031F00"
	odaKeys(t).personalise(b, "3C00")
	b.records[0x9F14], b.records[0x9F23] = "00", "00"
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
	r := b.run()
	assert.Equal(t, "8000048000", r.TVR.String(), texts(r))
	assert.Equal(t, emv.CVMResults{0x42, 0x03, 0x00}, r.CVMResults)
	assert.False(t, b.online.requests[0].PIN.IsZero())
	assert.Empty(t, b.card.sentWith("0088"))
	assert.Empty(t, b.card.sentWith("80CA"))
	assert.Empty(t, b.card.sentWith("0020"))
}

// TestTapWithTrack2 takes the account from track 2 where there is no tag 5A.
func TestTapWithTrack2(t *testing.T) {
	b := tapBench(t)
	b.records[0x5A] = ""
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	b.online.requests[0].PAN.Open(func(digits []byte) { assert.Equal(t, "374245001741007", string(digits)) })
}
