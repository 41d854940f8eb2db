package kernel_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

const (
	pseName   = "315041592E5359532E4444463031"
	selectPSE = "00A404000E" + pseName
	otherAID  = "F000000025010202"
	thirdAID  = "F000000025010303"
)

// entry is a directory entry.
func entry(aid, label, priority string) string {
	return object(0x61, object(0x4F, aid), object(0x50, label), object(0x87, priority))
}

// withDirectory gives the card a PSE with one record for each list of entries.
func withDirectory(b *bench, records ...string) {
	b.profile.SelectByDirectory = true
	b.card.answers[selectPSE] = []string{fci(pseName, object(0x88, "01"), object(0x9F11, "01"))}
	b.card.answers["00B2"] = []string{"6A83"}
	record := b.record1() + "9000"
	queue := make([]string, 0, len(records)+1)
	for _, r := range records {
		queue = append(queue, object(0x70, r)+"9000")
	}
	for i := range queue {
		b.card.answers[fmt.Sprintf("00B2%02X0C", i+1)] = []string{queue[i]}
	}
	// The application's own record has the same number as the directory's first.
	b.card.answers["80A8"] = []string{object(0x80, b.aip, "10010100") + "9000"}
	b.card.answers["00B20114"] = []string{record}
	for _, aid := range []string{otherAID, thirdAID} {
		b.card.answers["00A4040008"+aid] = []string{fci(aid)}
	}
}

func TestSelectionByDirectory(t *testing.T) {
	b := newBench(t)
	withDirectory(b, entry(testAID, "4F4E45", "02")+entry("A000000003101001", "464F524549474E", "01"), entry(otherAID, "54574F", "01")+object(0x9D, "A0000000041010"))
	b.cardholder.choices = []int{1}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	require.Len(t, b.cardholder.offered, 1)
	assert.Equal(t, []string{"TWO", "ONE"}, labels(b.cardholder.offered[0]), "by priority, without those that the terminal does not know")
	assert.Equal(t, unhexed(testAID), r.Application.Name)
	name, _ := r.Data.Value(0x9F06)
	assert.Equal(t, unhexed(testAID), name)
	assert.Equal(t, []string{selectPSE + "00", "00B2010C00", "00B2020C00", "00B2030C00", "00A4040008" + testAID + "00"}, b.card.sent[:5])
}

func labels(candidates []kernel.Candidate) []string {
	var l []string
	for _, c := range candidates {
		l = append(l, c.Label)
	}
	return l
}

// TestDirectoryFallsBackToAIDs breaks the directory in every way.
func TestDirectoryFallsBackToAIDs(t *testing.T) {
	whole := entry(testAID, "4F4E45", "01")
	for name, change := range map[string]func(*bench){
		"no PSE":               func(b *bench) { b.card.answers[selectPSE] = []string{"6A82"} },
		"PSE blocked":          func(b *bench) { b.card.answers[selectPSE] = []string{"6283"} },
		"FCI malformed":        func(b *bench) { b.card.answers[selectPSE] = []string{"6F029000"} },
		"no SFI":               func(b *bench) { b.card.answers[selectPSE] = []string{fci(pseName)} },
		"SFI 11":               func(b *bench) { b.card.answers[selectPSE] = []string{fci(pseName, object(0x88, "0B"))} },
		"empty SFI":            func(b *bench) { b.card.answers[selectPSE] = []string{fci(pseName, "8800")} },
		"record refused":       func(b *bench) { b.card.answers["00B2020C"] = []string{"6985"} },
		"record malformed":     func(b *bench) { b.card.answers["00B2020C"] = []string{"70059000"} },
		"entry malformed":      func(b *bench) { b.card.answers["00B2020C"] = []string{object(0x70, object(0x61, "4F08")) + "9000"} },
		"nothing in directory": func(b *bench) { b.card.answers["00B2010C"] = []string{"6A83"} },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			withDirectory(b, whole)
			change(b)
			r := b.run()
			assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
			assert.Contains(t, b.card.sent, "00A4040006F0000000250100")
			assert.Equal(t, "TEST", r.Application.Label)
		})
	}
}

// TestEndlessDirectory never says 6A83.
func TestEndlessDirectory(t *testing.T) {
	b := newBench(t)
	withDirectory(b, entry(testAID, "4F4E45", "01"))
	b.card.answers["00B2"] = []string{object(0x70) + "9000"}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, r.Reason)
	assert.Contains(t, b.card.sent, "00B2FF0C00")
}

// TestNoApplication tells fallback from refusal.
func TestNoApplication(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome kernel.Outcome
		reason  string
	}{
		"empty list": {func(b *bench) { b.card.answers["00A4040006F00000002501"] = []string{"6A82"} }, kernel.Fallback, "no application in common"},
		"name too long": {func(b *bench) {
			b.card.answers["00A4040006F00000002501"] = []string{fci(testAID + strings.Repeat("01", 9))}
		}, kernel.Fallback, "no application in common"},
		"card blocked":        {func(b *bench) { b.card.answers["00A4040006F00000002501"] = []string{"6A81"} }, kernel.NotAccepted, "card blocked"},
		"card blocked at PSE": {func(b *bench) { withDirectory(b); b.card.answers[selectPSE] = []string{"6A81"} }, kernel.NotAccepted, "card blocked"},
		"application blocked": {func(b *bench) {
			b.card.answers["00A4040006F00000002501"] = []string{fci(testAID)[:len(fci(testAID))-4] + "6283"}
		}, kernel.NotAccepted, "application blocked"},
		"malformed FCI":            {func(b *bench) { b.card.answers["00A4040006F00000002501"] = []string{"6F009000"} }, kernel.Fallback, "no application in common"},
		"another name":             {func(b *bench) { b.card.answers["00A4040006F00000002501"] = []string{fci("A0000000031010")} }, kernel.Fallback, "no application in common"},
		"longer names refused":     {func(b *bench) { b.app().PartialSelection = false }, kernel.Fallback, "no application in common"},
		"GPO refuses":              {func(b *bench) { b.card.answers["80A8"] = []string{"6985"} }, kernel.NotAccepted, "no application left"},
		"final SELECT blocked":     {func(b *bench) { b.card.answers["00A4040008"+testAID] = []string{"6283"} }, kernel.NotAccepted, "no application left"},
		"final SELECT, other name": {func(b *bench) { b.card.answers["00A4040008"+testAID] = []string{fci(otherAID)} }, kernel.NotAccepted, "no application left"},
		"final SELECT, malformed":  {func(b *bench) { b.card.answers["00A4040008"+testAID] = []string{"6F049000"} }, kernel.NotAccepted, "no application left"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.reason, r.Reason)
			assert.LessOrEqual(t, len(b.card.sent), 100)
		})
	}
}

// TestEndlessOccurrences answers every "next" with another application.
func TestEndlessOccurrences(t *testing.T) {
	b := newBench(t)
	b.card.answers["00A40402"] = []string{fci(testAID)}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, r.Reason)
	assert.Empty(t, b.cardholder.offered, "one and the same application is one candidate")
	assert.Len(t, b.card.sentWith("00A40402"), 31)
}

// TestListOfAIDs finds applications of one AID, and of several.
func TestListOfAIDs(t *testing.T) {
	b := newBench(t)
	b.profile.Applications = append(b.profile.Applications, profile.Application{AID: unhexed(thirdAID), TACOnline: b.app().TACOnline})
	b.card.answers["00A40402"] = []string{fci(otherAID, object(0x50, "54574F"), object(0x87, "81")), "6A82"}
	b.card.answers["00A4040008"+otherAID] = []string{fci(otherAID)}
	b.card.answers["00A4040008"+thirdAID] = []string{fci(thirdAID, object(0x50, "5448524545"), object(0x87, "02"))}
	b.cardholder.choices = []int{0}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, []string{"TWO", "THREE", "TEST"}, labels(b.cardholder.offered[0]), "1, 2, none")
	assert.True(t, b.cardholder.offered[0][0].Priority.ConfirmationRequired())
}

// TestDroppedApplication offers the others again after 6985, and does not select
// the last one unasked.
func TestDroppedApplication(t *testing.T) {
	b := newBench(t)
	b.card.answers["00A40402"] = []string{fci(otherAID, object(0x50, "54574F")), "6A82"}
	b.card.answers["00A4040008"+otherAID] = []string{fci(otherAID, object(0x9F38, "9F3501"))}
	b.card.answers["80A8"] = []string{"6985", object(0x80, b.aip, "08010100") + "9000"}
	b.cardholder.choices = []int{0, 0}
	r := b.run()
	require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	assert.Equal(t, unhexed(otherAID), r.Application.Name)
	assert.Len(t, b.cardholder.offered, 2)
	assert.Equal(t, "80A800000383012200", b.card.sentWith("80A8")[1], "PDOL with the terminal type")
}

// TestConfirmation asks about a single application that needs it.
func TestConfirmation(t *testing.T) {
	needs := func(b *bench) {
		b.card.answers["00A4040006F00000002501"] = []string{fci(testAID, object(0x87, "81"))}
	}
	for name, c := range map[string]struct {
		cardholder fakeCardholder
		outcome    kernel.Outcome
	}{
		"confirmed":  {fakeCardholder{choices: []int{0}}, kernel.ApprovedOnline},
		"refused":    {fakeCardholder{choices: []int{kernel.NoApplication}}, kernel.NotAccepted},
		"nonsense":   {fakeCardholder{choices: []int{7}}, kernel.NotAccepted},
		"broken off": {fakeCardholder{err: errors.New("till closed")}, kernel.NotAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			needs(b)
			b.cardholder = &c.cardholder
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome)
			assert.ErrorIs(t, r.Cause, c.cardholder.err)
		})
	}
}

// TestNames shows names that the terminal can display and hides control
// characters.
func TestNames(t *testing.T) {
	b := newBench(t)
	withDirectory(b, object(0x61, object(0x4F, testAID), object(0x50, "411B5B324A42"), object(0x9F12, "C4424300"), object(0x87, "81")))
	b.cardholder.choices = []int{0}
	b.run()
	require.Len(t, b.cardholder.offered, 1)
	assert.Equal(t, "A[2JB", b.cardholder.offered[0][0].Label)
	assert.Equal(t, "ÄBC", b.cardholder.offered[0][0].PreferredName)

	b = newBench(t)
	b.profile.AdditionalCapabilities[4] = 0
	withDirectory(b, object(0x61, object(0x4F, testAID), object(0x9F12, "C4424300"), object(0x87, "81")))
	b.run()
	assert.Empty(t, b.cardholder.offered[0][0].PreferredName)
}

// TestCodeTables reads preferred names in each part of ISO/IEC 8859 that the
// terminal displays. The names are one letter that the part has to itself, or
// nearly so.
func TestCodeTables(t *testing.T) {
	for index, c := range map[string]struct {
		name, want   string
		capabilities string // bytes 4 and 5 of tag 9F40
	}{
		"01": {"C4", "Ä", "F001"},
		"02": {"A1", "Ą", "F002"},
		"03": {"A1", "Ħ", "F004"},
		"04": {"A2", "ĸ", "F008"},
		"05": {"B1", "Б", "F010"},
		"06": {"C7", "ا", "F020"},
		"07": {"D9", "Ω", "F040"},
		"08": {"E0", "א", "F080"},
		"09": {"DD", "İ", "F100"},
		"10": {"AA", "Š", "F200"},
	} {
		t.Run(index, func(t *testing.T) {
			offered := func(capabilities string) kernel.Candidate {
				b := newBench(t)
				copy(b.profile.AdditionalCapabilities[3:], unhexed(capabilities))
				b.card.answers["00A4040006F00000002501"] = []string{fci(testAID, object(0x50, "4C4142454C"), object(0x87, "81"), object(0x9F11, index), object(0x9F12, c.name+"1B85"))}
				b.run()
				require.Len(t, b.cardholder.offered, 1)
				return b.cardholder.offered[0][0]
			}
			assert.Equal(t, c.want, offered(c.capabilities).PreferredName, "without escape and other control characters")
			other := unhexed("F3FF")
			for i, b := range unhexed(c.capabilities) {
				other[i] &^= b
			}
			assert.Empty(t, offered(digits(other)).PreferredName, "not displayed")
			assert.Equal(t, "LABEL", offered(digits(other)).Label)
		})
	}
	for _, index := range []string{"00", "11", "0A", "99"} {
		b := newBench(t)
		copy(b.profile.AdditionalCapabilities[3:], unhexed("FFFF"))
		b.card.answers["00A4040006F00000002501"] = []string{fci(testAID, object(0x87, "81"), object(0x9F11, index), object(0x9F12, "C4"))}
		b.run()
		assert.Empty(t, b.cardholder.offered[0][0].PreferredName, "there is no code table %s", index)
	}
}

// TestAutomaticSelection asks nobody and passes over what needs a confirmation.
func TestAutomaticSelection(t *testing.T) {
	automatic := func(priorities ...string) (*bench, *kernel.Result) {
		b := newBench(t)
		b.profile.SelectAutomatically = true
		aids := []string{testAID, otherAID, thirdAID}
		var entries string
		for i, p := range priorities {
			entries += entry(aids[i], "4F4E45", p)
		}
		withDirectory(b, entries)
		r := b.run()
		assert.Empty(t, b.cardholder.offered)
		return b, r
	}
	_, r := automatic("02", "01")
	assert.Equal(t, unhexed(otherAID), r.Application.Name)
	_, r = automatic("03", "81", "02")
	assert.Equal(t, unhexed(thirdAID), r.Application.Name)
	_, r = automatic("81")
	assert.Equal(t, kernel.NotAccepted, r.Outcome)
	assert.Equal(t, "application needs a confirmation, which this terminal can not ask for", r.Reason)

	b := newBench(t)
	b.profile.SelectAutomatically = true
	withDirectory(b, entry(testAID, "4F4E45", "02")+entry(otherAID, "54574F", "01"))
	b.card.answers["00A4040008"+otherAID] = []string{"6283"}
	r = b.run()
	assert.Equal(t, unhexed(testAID), r.Application.Name, "the next one where one is blocked")
}
