package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestFormatErrors: what EMV Book 3, 7.5, and Book 1, 12, say of data that is not
// as it should be.
func TestFormatErrors(t *testing.T) {
	format2 := func(b *bench, objects ...string) {
		b.card.answers["80A8"] = []string{object(0x77, objects...) + "9000"}
	}
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome kernel.Outcome
		reason  string
	}{
		"AIP twice":         {func(b *bench) { format2(b, object(0x82, "1C00"), object(0x94, "08010100"), object(0x82, "1C00")) }, kernel.NotAccepted, "answer to GET PROCESSING OPTIONS malformed"},
		"AFL twice":         {func(b *bench) { format2(b, object(0x82, "1C00"), object(0x94, "08010100"), object(0x94, "08010100")) }, kernel.NotAccepted, "answer to GET PROCESSING OPTIONS malformed"},
		"unknown tag twice": {func(b *bench) { format2(b, object(0x82, "1C00"), object(0x94, "08010100"), "DF010101", "DF010102") }, kernel.ApprovedOnline, ""},
		"cryptogram twice": {func(b *bench) {
			b.card.answers["80AE80"] = []string{object(0x77, object(0x9F27, "80"), object(0x9F36, "0012"), object(0x9F26, "1122334455667788"), object(0x9F26, "1122334455667788")) + "9000"}
		}, kernel.NotAccepted, "answer to GENERATE AC malformed"},
		"RFU bits of the AFL": {func(b *bench) { b.card.answers["80A8"] = []string{object(0x80, b.aip, "0F010100") + "9000"} }, kernel.ApprovedOnline, ""},
		"CDOL1 in the FCI alone": {func(b *bench) {
			b.records[0x8C] = ""
			b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x8C, cdol))}
		}, kernel.NotAccepted, "data object 8C missing"},
		"CDOL1 in the answer to GPO": {func(b *bench) {
			b.records[0x8C] = ""
			format2(b, object(0x82, "1C00"), object(0x94, "08010100"), object(0x8C, cdol))
		}, kernel.ApprovedOnline, ""},
		"name twice": {func(b *bench) {
			b.card.answers["00A4040008"+testAID] = []string{object(0x6F, object(0x84, testAID), object(0x84, testAID), object(0xA5)) + "9000"}
		}, kernel.NotAccepted, "no application left"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.reason, r.Reason)
		})
	}
}

// TestIndexOfTwoBytes counts as none: EMV Book 1, 12.2.4.
func TestIndexOfTwoBytes(t *testing.T) {
	b := newBench(t)
	b.card.answers["00A4040006F00000002501"] = []string{fci(testAID, object(0x50, "4C4142454C"), object(0x87, "81"), object(0x9F11, "0101"), object(0x9F12, "C4"))}
	b.run()
	assert.Empty(t, b.cardholder.offered[0][0].PreferredName)
	assert.Equal(t, "LABEL", b.cardholder.offered[0][0].Label)
}

// TestSFIOfTwoBytes makes the directory one that can not be read.
func TestSFIOfTwoBytes(t *testing.T) {
	b := newBench(t)
	withDirectory(b, entry(testAID, "4F4E45", "01"))
	b.card.answers[selectPSE] = []string{fci(pseName, object(0x88, "0101"))}
	assert.Equal(t, "TEST", b.run().Application.Label, "the list of AIDs is used")
}

// TestCardBlockedAtFirstAIDAlone: 6A81 to a later AID passes on to the next one.
// EMV Book 1, 12.3.3, steps 2 and 5.
func TestCardBlockedAtFirstAIDAlone(t *testing.T) {
	b := newBench(t)
	other := profile.Application{AID: unhexed("F00000009901"), TACOnline: b.app().TACOnline}
	b.profile.Applications = append(b.profile.Applications, other)
	b.card.answers["00A4040006F00000009901"] = []string{"6A81"}
	assert.Equal(t, kernel.ApprovedOnline, b.run().Outcome)
	b = newBench(t)
	b.profile.Applications = append([]profile.Application{other}, b.profile.Applications...)
	b.card.answers["00A4040006F00000009901"] = []string{"6A81"}
	assert.Equal(t, "card blocked", b.run().Reason)
}

// TestNoNextOccurrenceOfAnExactName: EMV Book 1, 12.3.3, step 6.
func TestNoNextOccurrenceOfAnExactName(t *testing.T) {
	b := newBench(t)
	b.app().PartialSelection = false
	assert.Equal(t, kernel.Fallback, b.run().Outcome)
	assert.Empty(t, b.card.sentWith("00A40402"))
}

// TestNoCVMList sets the bit of missing data where the card says that it supports
// cardholder verification. EMV Book 3, 7.5.
func TestNoCVMList(t *testing.T) {
	for name, list := range map[string]string{"none": "", "no rules": "0000000000000000"} {
		b := newBench(t)
		b.records[0x8E] = list
		r := b.run()
		assert.Equal(t, emv.TVR{0xA0, 0, 0, 0x80, 0}, r.TVR, name)
		assert.Equal(t, emv.CVMResults{0x3F, 0, 0}, r.CVMResults)
		assert.False(t, r.TSI.Has(emv.TSICardholderVerificationPerformed))
		b.aip = "0C00"
		delete(b.card.answers, "80A8")
		assert.Equal(t, emv.TVR{0x80, 0, 0, 0x80, 0}, b.run().TVR, "the card supports none")
	}
}

// TestOtherStatusOfSelect passes on to the next AID: EMV Book 1, 12.3.3, step 3.
func TestOtherStatusOfSelect(t *testing.T) {
	b := newBench(t)
	b.card.answers["00A4040006F00000002501"] = []string{fci(otherAID)[:len(fci(otherAID))-4] + "6284"}
	b.card.answers["00A40402"] = []string{fci(testAID), "6A82"}
	assert.Equal(t, kernel.Fallback, b.run().Outcome)
	assert.Empty(t, b.card.sentWith("00A40402"))
}
