package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// The attacks of docs/kernel.md, as far as a terminal sees them.

// offlineOnly makes the terminal decide alone, by usual default codes.
func offlineOnly(b *bench) {
	b.profile.Type = 0x23
	b.app().FloorLimit = 5000
	b.app().TACDefault = emv.ActionCode{0xDC, 0x50, 0xFC, 0x98, 0x00}
}

// altered is record 1 with another value than the one that was signed.
func altered(b *bench, tag emv.Tag, value string) {
	signed := b.records[tag]
	b.records[tag] = value
	b.card.answers["00B2010C"] = []string{b.record1() + "9000"}
	b.records[tag] = signed
}

// TestCVMListDowngrade: a list without PIN is put in place of the signed one. The
// terminal walks through it, and notices: the list is part of what was signed.
func TestCVMListDowngrade(t *testing.T) {
	for method, c := range map[string]struct {
		aip    string
		failed emv.Bit[emv.TVR]
	}{
		"SDA": {"5C00", emv.TVRSDAFailed}, "DDA": {"3C00", emv.TVRDDAFailed}, "CDA": {"1D00", emv.TVRCDAFailed},
	} {
		t.Run(method, func(t *testing.T) {
			b := odaBench(t, c.aip)
			offlineOnly(b)
			altered(b, 0x8E, "0000000000000000"+"1F03")
			r := b.run()
			assert.Equal(t, emv.CVMResults{0x1F, 0x03, 0x02}, r.CVMResults, "the terminal goes by what it read")
			assert.True(t, r.TVR.Has(c.failed), texts(r))
			assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
		})
	}
}

// TestAIPDowngrade: a card without offline data authentication, and one with a
// weaker kind, in place of the signed AIP. Without any method the terminal's own
// codes have to mind; with SDA the AIP is part of what was signed.
func TestAIPDowngrade(t *testing.T) {
	b := odaBench(t, "3C00")
	offlineOnly(b)
	b.card.answers["80A8"] = []string{object(0x80, "1C00", "08010401") + "9000"}
	r := b.run()
	assert.True(t, r.TVR.Has(emv.TVROfflineDataAuthenticationNotPerformed))
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)

	b = odaBench(t, "3C00")
	offlineOnly(b)
	b.card.answers["80A8"] = []string{object(0x80, "5C00", "08010401") + "9000"}
	r = b.run()
	assert.True(t, r.TVR.Has(emv.TVRSDAFailed), "9F4A has the AIP in what is signed: %s", texts(r))
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
}

// TestYesCard has the records and certificates of a card and none of its keys, says
// that every PIN is right and gives whatever cryptogram it likes.
func TestYesCard(t *testing.T) {
	yes := func(aip string) *bench {
		b := odaBench(t, aip)
		b.records[0x8E] = "0000000000000000" + "4100"
		odaKeys(t).personalise(b, aip)
		b.card.answers["80CA9F17"], b.card.answers["0020"] = []string{threeTries}, []string{"9000"}
		b.cardholder.entries = []kernel.PINEntry{enter(t, "0000")}
		// A signature that the genuine card once gave over another number.
		signature, err := oda.SignDDA(odaKeys(t).icc, []byte{9, 9, 9, 9}, []byte{1, 1, 1, 1})
		require.NoError(t, err)
		b.card.handle["0088"] = func([]byte) []byte { return append(tlv.Append(nil, 0x80, signature), 0x90, 0) }
		delete(b.card.handle, "80AE90")
		delete(b.card.handle, "80AE50")
		for _, p1 := range []string{"80", "90", "40", "50"} {
			b.card.answers["80AE"+p1] = []string{generated("40")}
		}
		return b
	}
	t.Run("SDA, offline", func(t *testing.T) {
		b := yes("5C00")
		offlineOnly(b)
		r := b.run()
		assert.Equal(t, kernel.ApprovedOffline, r.Outcome, "nothing in SDA tells a copy: EMV leaves that to DDA and CDA")
		assert.True(t, r.TVR.Has(emv.TVRSDASelected), "a code can mind that only SDA was there")
	})
	t.Run("DDA, offline", func(t *testing.T) {
		b := yes("3C00")
		offlineOnly(b)
		r := b.run()
		assert.True(t, r.TVR.Has(emv.TVRDDAFailed), texts(r))
		assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	})
	t.Run("CDA, offline", func(t *testing.T) {
		b := yes("1D00")
		offlineOnly(b)
		r := b.run()
		assert.True(t, r.TVR.Has(emv.TVRCDAFailed), texts(r))
		assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	})
	t.Run("TC where an ARQC was asked for", func(t *testing.T) {
		r := yes("5C00").run()
		assert.Equal(t, kernel.NotAccepted, r.Outcome)
		assert.Contains(t, r.Reason, "card gives TC where ARQC was requested")
	})
}

// TestFlippedResponseCode turns the issuer's decline into an approval on the way.
func TestFlippedResponseCode(t *testing.T) {
	declined := func(arc emv.ARC, tag91 string) *bench {
		b := newBench(t)
		b.online.response.ARC, b.online.response.IssuerAuthenticationData = arc, unhexed(tag91)
		b.card.answers["80AE40"] = []string{generated("00")} // the card goes by what the issuer signed
		return b
	}
	t.Run("8A alone", func(t *testing.T) {
		r := declined(0x3030, "1122334455667788"+"3035").run()
		assert.Contains(t, texts(r), "ARC at the end of the issuer authentication data is another one")
		assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
		assert.Equal(t, "card declines what the issuer approved", r.Reason)
		assert.True(t, r.ReversalDue)
	})
	t.Run("8A and 91", func(t *testing.T) {
		b := declined(0x3030, "1122334455667788"+"3030")
		b.card.answers["00820000"] = []string{"6300"} // the ARPC does not cover it
		r := b.run()
		assert.NotContains(t, texts(r), "is another one")
		assert.True(t, r.TVR.Has(emv.TVRIssuerAuthenticationFailed))
		assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
		assert.True(t, r.ReversalDue)
	})
	t.Run("91 alone", func(t *testing.T) {
		b := declined(0x3035, "1122334455667788"+"3030")
		b.card.answers["00820000"] = []string{"6300"}
		r := b.run()
		assert.Contains(t, texts(r), "is another one")
		assert.Equal(t, "80AE00", b.card.sentWith("80AE")[1][:6], "the terminal asks for an AAC")
		assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
		assert.False(t, r.ReversalDue)
	})
}

// TestWedge: a device answers VERIFY in the card's place. A terminal can not know;
// what the card says of it goes to the issuer as it is.
func TestWedge(t *testing.T) {
	b := pinBench(t, "41031F00", threeTries, "9000")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "0000")}
	r := b.run()
	assert.Equal(t, emv.CVMResults{0x41, 0x03, 0x02}, r.CVMResults)
	assert.Contains(t, digits(b.online.requests[0].ChipData), "9F1007"+"06010103A00000"+"9F37", "the CVR: no PIN performed")
}

// TestReplayedScript is refused by the card, and reported.
func TestReplayedScript(t *testing.T) {
	b := newBench(t)
	b.online.response.Scripts = [][]byte{script("72", command1)}
	b.card.answers["8424"] = []string{"6988"}
	r := b.run()
	assert.True(t, r.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	results, _ := r.Data.Value(0x9F5B)
	assert.Equal(t, "110A0B0C0D", digits(results))
}
