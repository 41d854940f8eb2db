package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// cryptogramAnswer is an answer to GENERATE AC in format 2 with more in it.
func cryptogramAnswer(cid, atc string, more ...string) string {
	parts := append([]string{object(0x9F27, cid), object(0x9F36, atc), object(0x9F26, "1122334455667788")}, more...)
	return object(0x77, parts...) + "9000"
}

// chipValue returns a value of field 55.
func chipValue(t *testing.T, r *kernel.OnlineRequest, tag emv.Tag) string {
	t.Helper()
	value, _, err := tlv.Find(r.ChipData, tag)
	require.NoError(t, err)
	return digits(value)
}

// TestSelectedNameStands: no later answer gives the application another name,
// nor changes other file control information.
func TestSelectedNameStands(t *testing.T) {
	b := newBench(t)
	b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x50, "54455354"), object(0x9F12, "4E414D45"))}
	more := []string{object(0x84, otherAID), object(0x50, "4F54484552"), object(0x9F12, "4F54484552"), object(0xDF01, "01")}
	b.card.answers["80A8"] = []string{object(0x77, append(more, object(0x82, b.aip), object(0x94, "08010100"))...) + "9000"}
	b.card.answers["80AE80"] = []string{cryptogramAnswer("80", "0012", append(more, object(0xDF01, "02"), object(0xDF02, "03"))...)}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, testAID, chipValue(t, b.online.requests[0], 0x84))
	for tag, want := range map[emv.Tag]string{0x84: testAID, 0x50: "54455354", 0x9F12: "4E414D45", 0xDF01: "01", 0xDF02: "03"} {
		value, _ := r.Data.Value(tag)
		assert.Equal(t, want, digits(value), tag)
	}
}

// TestRecordRepeatsSelection: what the application said when it was selected
// stands, whatever a record says.
func TestRecordRepeatsSelection(t *testing.T) {
	for tag, want := range map[emv.Tag]string{0x84: testAID, 0x50: "54455354"} {
		b := newBench(t)
		b.records[tag] = otherAID
		r := b.run()
		require.Equal(t, kernel.ApprovedOnline, r.Outcome, r.Reason)
		value, _ := r.Data.Value(tag)
		assert.Equal(t, want, digits(value), tag)
		assert.Contains(t, texts(r), "a record repeats "+tag.String()+" of the selection, which stands")
	}
}

// TestSelectionStartsOver: what an application that did not start has said is
// forgotten.
func TestSelectionStartsOver(t *testing.T) {
	b := newBench(t)
	withDirectory(b, entry(testAID, "4F4E45", "01")+entry(otherAID, "54574F", "02"))
	b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x5F34, "09"))}
	b.card.answers["80A8"] = []string{"6985", object(0x80, b.aip, "10010100") + "9000"}
	b.cardholder.choices = []int{0, 0}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, otherAID, chipValue(t, b.online.requests[0], 0x84))
	assert.Equal(t, "01", chipValue(t, b.online.requests[0], 0x5F34))
}

// TestAnswerToGenerateAC takes what belongs there and nothing else.
func TestAnswerToGenerateAC(t *testing.T) {
	b := newBench(t)
	b.records[0x9F10] = "0F0F"
	b.card.answers["80AE80"] = []string{cryptogramAnswer("80", "0012", object(0x9F10, "06010103A00000"), object(0x5F20, "41"), object(0x9F6E, "01020304"), object(0x9F0F, "00"))}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, "06010103A00000", chipValue(t, b.online.requests[0], 0x9F10))
	assert.Empty(t, chipValue(t, b.online.requests[0], 0x9F6E))
	assert.False(t, r.Data.Has(0x5F20))
	code, _ := r.Data.Value(0x9F0F)
	assert.Equal(t, noAction, digits(code))
}

// TestSecondAnswer replaces the first one, whatever it leaves out.
func TestSecondAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer, iad string
		other       bool // ATC
	}{
		"all of it":            {cryptogramAnswer("40", "0012", object(0x9F10, "0702")), "0702", false},
		"no 9F10":              {cryptogramAnswer("40", "0012"), "", false},
		"no 9F10 in format 1":  {object(0x80, "400012", "1122334455667788") + "9000", "", false},
		"ATC is another":       {cryptogramAnswer("40", "0013", object(0x9F10, "0702")), "0702", true},
		"ATC falls":            {cryptogramAnswer("40", "0011", object(0x9F10, "0702")), "0702", true},
		"ATC another, and AAC": {cryptogramAnswer("00", "0112", object(0x9F10, "0702")), "0702", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.card.answers["80AE80"] = []string{cryptogramAnswer("80", "0012", object(0x9F10, "06010103A00000"), object(0x9F4B, "AA"))}
			b.card.answers["80AE40"] = []string{c.answer}
			r := b.run()
			assert.False(t, r.Data.Has(0x9F4B))
			iad, _ := r.Data.Value(0x9F10)
			assert.Equal(t, c.iad, digits(iad))
			if c.other {
				assert.Contains(t, texts(r), "ATC is another than with the first cryptogram")
			} else {
				assert.NotContains(t, texts(r), "ATC")
			}
		})
	}
}

// TestCryptogramTVR is what the card was told for the cryptogram in the result,
// before what the answers to it changed.
func TestCryptogramTVR(t *testing.T) {
	bench := func() *bench {
		b := newBench(t)
		b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
		b.card.answers["00820000"] = []string{"6300"}
		b.online.response.Scripts = [][]byte{script("72", command1)}
		b.card.answers["8424"] = []string{"6985"}
		return b
	}
	r := bench().run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, "8000008040", r.CryptogramTVR.String(), "with the failed issuer authentication")
	assert.Equal(t, "8000008050", r.TVR.String(), "and the failed script")

	b := bench()
	b.card.answers["80AE40"] = []string{"6985"}
	r = b.run()
	assert.Equal(t, emv.CID(0x80), r.CID)
	assert.Equal(t, "8000008000", r.CryptogramTVR.String(), "the cryptogram is still the ARQC")
	assert.Equal(t, "8000008040", r.TVR.String())

	cda := odaBench(t, "1D00")
	cda.profile.CAPublicKeys = odaKeys(t).set(t)
	delete(cda.card.handle, "80AE90")
	cda.card.answers["80AE90"], cda.card.answers["80AE00"] = []string{generated("80")}, []string{"6985"}
	r = cda.run()
	assert.True(t, r.TVR.Has(emv.TVRCDAFailed), texts(r))
	assert.False(t, r.CryptogramTVR.Has(emv.TVRCDAFailed), "which nobody knew when the card was asked")
}

// TestSecondSignatureWrong says why a TC does not count.
func TestSecondSignatureWrong(t *testing.T) {
	for name, c := range map[string]struct {
		offline bool
		outcome kernel.Outcome
		reason  string
	}{
		"approved by the issuer": {false, kernel.DeclinedOnline, "CDA failed"},
		"unable to go online":    {true, kernel.DeclinedOffline, "unable to go online, CDA failed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := odaBench(t, "1D00")
			b.offline = c.offline
			delete(b.card.handle, "80AE50")
			b.card.answers["80AE50"] = []string{generated("40")}
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.reason, r.Reason)
			assert.Equal(t, emv.ACTypeTC, r.CID.Type())
		})
	}
}

// TestEndlessAnswer is of a card that is there, unlike one that is pulled.
func TestEndlessAnswer(t *testing.T) {
	b := newBench(t)
	b.card.answers["80AE80"], b.card.answers["00C0"] = []string{"6101"}, []string{"AA6101"}
	r := b.run()
	assert.Equal(t, kernel.NotAccepted, r.Outcome)
	assert.Equal(t, "GENERATE AC: card does not come to an end", r.Reason)
	assert.Contains(t, b.cardholder.messages, kernel.MessageRemoveCard)
}

// TestEndlessScript fails, and those behind it are delivered.
func TestEndlessScript(t *testing.T) {
	b := scriptBench(t, []string{"6101", "9000"}, script("72", command1, command2), script("72", command3))
	b.card.answers["00C0"] = []string{"AA6101"}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.NoError(t, r.Cause)
	results, _ := r.Data.Value(0x9F5B)
	assert.Equal(t, "110A0B0C0D200A0B0C0D", digits(results))
	assert.Equal(t, []string{command1, command3}, b.card.sentWith("8424"))
}

// TestNoCommandTwice: 6Cxx does not have a command without Le repeated.
func TestNoCommandTwice(t *testing.T) {
	b := scriptBench(t, []string{"6C08"}, script("72", command1))
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	b.card.answers["00820000"] = []string{"6C00"}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Len(t, b.card.sentWith("0082"), 1)
	assert.Len(t, b.card.sentWith("8424"), 1)
	assert.Equal(t, "8000008050", r.TVR.String(), "both failed")
}

// TestAccountOfResult is that of the card, wherever it stands.
func TestAccountOfResult(t *testing.T) {
	for name, b := range map[string]*bench{"contact": newBench(t), "tap": tapBench(t), "tap, track 2 alone": tapBench(t)} {
		if name == "tap, track 2 alone" {
			b.records[0x5A] = ""
		}
		r := b.run()
		opened := ""
		r.PAN.Open(func(digits []byte) { opened = string(digits) })
		assert.Equal(t, "374245001741007", opened, name)
	}
	b := newBench(t)
	b.records[0x5A] = ""
	assert.True(t, b.run().PAN.IsZero())
}

// TestTrack2OfAnotherAccount is noted, and left to the host.
func TestTrack2OfAnotherAccount(t *testing.T) {
	for track2, noted := range map[string]bool{
		"374245001741007D28122015432112345F": false, "374245001741106D28122015432112345F": true, "": false,
	} {
		b := newBench(t)
		b.records[0x57] = track2
		r := b.run()
		assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
		if noted {
			assert.Contains(t, texts(r), "57 names another account than 5A")
		} else {
			assert.NotContains(t, texts(r), "another account")
		}
	}
}

// TestEmptyIssuerAuthenticationData counts as absent.
func TestEmptyIssuerAuthenticationData(t *testing.T) {
	b := newBench(t)
	b.online.response.IssuerAuthenticationData = []byte{}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
	assert.Empty(t, b.card.sentWith("0082"))
	assert.Equal(t, "8000008000", r.TVR.String())
	assert.False(t, r.Data.Has(0x91))
}
