package skeleton

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/trace"
)

// Skeleton is a card profile that was made of a recording.
type Skeleton struct {
	Text         []byte   // of the profile
	Applications [][]byte // AIDs
	Notes        []string // what is otherwise than on the recorded card; they stand in the text as well
}

// ErrNumberLeft says that a number which was to be replaced would have stayed.
var ErrNumberLeft = errors.New("the account number of the card is left in the profile, which is not written")

// Make makes a profile of a recording. A card can be issued from what it returns: it
// has tried. The error says that the recording shows no card of which one can be made.
func Make(r trace.Recording) (Skeleton, error) {
	recorded, err := listen(r)
	if err != nil {
		return Skeleton{}, fmt.Errorf("make skeleton: %w", err)
	}
	var failures []error
	for _, c := range []choices{{layout: true, row: true}, {layout: true}, {row: true}, {}} {
		s := recorded.write(c)
		if recorded.leftIn(s.Text) {
			return Skeleton{}, fmt.Errorf("make skeleton: %w", ErrNumberLeft)
		}
		if err := issue(s.Text); err != nil {
			failures = append(failures, err)
			continue
		}
		return s, nil
	}
	return Skeleton{}, fmt.Errorf("make skeleton: no card can be issued from it: %w", failures[len(failures)-1])
}

// leftIn reports whether a number that is to be replaced is in the text.
func (c recorded) leftIn(text []byte) bool {
	packed := bytes.ReplaceAll(text, []byte(" "), nil)
	return slices.ContainsFunc(c.live(), func(pan account.PAN) bool { return holdsPiece(packed, pan, pan.Len()) })
}

// name is that of the profile, and of its file while it is tried.
const name = "skeleton"

// trialDate is the day on which a card is issued to see whether it can be.
var trialDate = emv.Date{Year: 2026, Month: time.January, Day: 1}

// issue issues a card into memory and throws it away.
func issue(text []byte) error {
	profile, err := perso.Load(oneFile(text), name+perso.Suffix)
	if err != nil {
		return err
	}
	made, err := perso.Personalise(profile, perso.Options{Random: random.Seeded(0), Date: trialDate})
	if err != nil {
		return err
	}
	key, err := secret.NewAES(make([]byte, 32)) // of nothing that is kept
	if err != nil {
		return err
	}
	return card.Create(card.NewMemory(), key, made.Image, nil)
}

// write writes the profile.
func (c recorded) write(how choices) Skeleton {
	s := Skeleton{Notes: c.notes(how)}
	var b strings.Builder
	for _, note := range s.Notes {
		fmt.Fprintf(&b, "# %s\n", note)
	}
	fmt.Fprintf(&b, "name: %s\nnote: made of a recorded dialogue\n", name)
	if len(c.atr) > 0 && !looksLikeAccount(c.atr) {
		fmt.Fprintf(&b, "atr: %q\n", digits(c.atr))
	}
	fmt.Fprintf(&b, "pse: %t\npin: \"1234\"\naccount:\n%s", c.directory, indented(c.applications[0].accountLines(), "  "))
	b.WriteString("applications:\n")
	for i, a := range c.applications {
		lines := a.lines(how)
		if i > 0 && !a.pan().Equal(c.applications[0].pan()) {
			lines = slices.Concat(lines, []string{"account:"}, strings.Split(strings.TrimSuffix(indented(a.accountLines(), "  "), "\n"), "\n"))
		}
		b.WriteString("  - " + strings.TrimPrefix(indented(lines, "    "), "    "))
		s.Applications = append(s.Applications, a.aid)
	}
	s.Text = []byte(b.String())
	return s
}

func indented(lines []string, by string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(by + line + "\n")
	}
	return b.String()
}

// notes say what is otherwise than on the recorded card.
func (c recorded) notes(how choices) []string {
	notes := []string{"A card profile made of a recorded dialogue. Name, tracks, PIN, keys and certificates are test values."}
	if len(c.live()) > 0 {
		notes = append(notes, "The account number was in no test range and is replaced.")
	}
	if slices.ContainsFunc(c.applications, func(a *application) bool { return a.pan().IsZero() }) {
		notes = append(notes, "The account number was masked and is replaced.")
	}
	if !how.layout {
		notes = append(notes, "The records could not be kept as they were: they are those of a card of till.")
	}
	for _, a := range c.applications {
		notes = append(notes, a.notes(how)...)
	}
	return notes
}

func (a *application) notes(how choices) (notes []string) {
	say := func(format string, args ...any) {
		notes = append(notes, fmt.Sprintf("%X: ", a.aid)+fmt.Sprintf(format, args...))
	}
	_, dropped := a.extras(slices.Concat(a.data, a.getData))
	if len(dropped) > 0 {
		say("left out, since they may say whose the card is: %s.", joined(dropped))
	}
	if missing := a.missing(); missing > 0 {
		say("%d records that the AFL names are not in the recording.", missing)
	}
	if row, _ := a.rows(how); row == otherRow && a.rid() != ridAmex {
		say("cryptograms and scripts are those of the row %s, not of the card's scheme.", otherRow)
	}
	if a.aip != emv.AIP(a.signedAIP()) {
		say("without the certificates in the recording, the AIP %s has lost their methods.", a.aip)
	}
	for _, list := range []emv.Tag{tagCDOL1, tagCDOL2} {
		if _, there := a.data.find(list); !there {
			say("%s is not in the recording: it is that of the profile amex.", list)
		}
	}
	return notes
}

// missing counts the records that the AFL names and the recording does not have.
func (a *application) missing() (n int) {
	for _, entry := range a.afl {
		for i := range entry.Records() {
			if _, there := a.records[place{entry.SFI, entry.First + byte(i)}]; !there {
				n++
			}
		}
	}
	return n
}

func joined(tags []emv.Tag) string {
	texts := make([]string, len(tags))
	for i, tag := range tags {
		texts[i] = tag.String()
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}
