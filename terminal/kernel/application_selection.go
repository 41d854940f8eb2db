package kernel

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/terminal/profile"
)

// selection is the state of application selection. EMV Book 1, 12.
type selection struct {
	candidates []candidate
	blocked    bool // the card has an application for us that is blocked
	asked      bool // the cardholder has chosen before
}

// candidate is an application of the card with the terminal's terms for it.
type candidate struct {
	Candidate
	app *profile.Application
}

// applicationSelection builds the candidate list and selects from it until an
// application starts. EMV Book 1, 12.3 and 12.4; EMV Book 3, 10.1.
func (t *transaction) applicationSelection() error {
	if err := t.buildCandidateList(); err != nil {
		return err
	}
	if len(t.selection.candidates) == 0 {
		return t.noApplicationInCommon()
	}
	for len(t.selection.candidates) > 0 {
		started, err := t.startApplication()
		if err != nil || started {
			return err
		}
	}
	return notAccepted("no application left")
}

// startApplication has one candidate chosen, takes it off the list, selects it
// and initiates its processing. started is false where the next is to be tried.
func (t *transaction) startApplication() (started bool, err error) {
	c, err := t.chooseCandidate()
	if err != nil {
		return false, err
	}
	if selected, err := t.finalSelection(c); err != nil || !selected {
		return false, err
	}
	return t.initiateApplicationProcessing()
}

// buildCandidateList lists the applications that card and terminal have in
// common. EMV Book 1, 12.3.
func (t *transaction) buildCandidateList() error {
	if t.tx.Contactless {
		return t.readProximityEnvironment()
	}
	if t.profile.SelectByDirectory {
		if err := t.readPaymentSystemEnvironment(); err != nil {
			return err
		}
	}
	if len(t.selection.candidates) == 0 {
		return t.tryListOfAIDs()
	}
	return nil
}

// noApplicationInCommon ends the transaction: a blocked application is refused,
// and a card without one for us may be read in another way. EMV Book 1, 12.4;
// the fallback is the terminal's, and what is allowed there the schemes' matter.
func (t *transaction) noApplicationInCommon() error {
	if t.selection.blocked {
		return notAccepted("application blocked")
	}
	return &ending{outcome: Fallback, reason: "no application in common"}
}

// errCardBlocked is the ending upon 6A81: the card is blocked or does not know
// SELECT. EMV Book 1, 12.3.2 and 12.3.3.
func errCardBlocked() error { return notAccepted("card blocked") }

// terms returns the terminal's application that matches a name of the card: the
// longest AID that the name equals or, where it allows that, begins with.
func (t *transaction) terms(name []byte) *profile.Application {
	var best *profile.Application
	for i := range t.profile.Applications {
		a := &t.profile.Applications[i]
		matches := bytes.Equal(a.AID, name) || a.PartialSelection && bytes.HasPrefix(name, a.AID)
		if matches && (best == nil || len(a.AID) > len(best.AID)) {
			best = a
		}
	}
	return best
}

// addCandidate puts an application on the list. One that is there already is
// left alone: a card may be found by several AIDs of the terminal. So is a name
// longer than an AID, which no command could select.
func (t *transaction) addCandidate(c candidate) {
	same := func(o candidate) bool { return bytes.Equal(o.Name, c.Name) }
	if len(c.Name) <= aidBytesMax && !slices.ContainsFunc(t.selection.candidates, same) {
		t.selection.candidates = append(t.selection.candidates, c)
		t.note(ApplicationSelection, "candidate %X, priority %d", c.Name, c.Priority.Priority())
	}
}

// newCandidate reads what FCI and directory entry alike say of an application.
func (t *transaction) newCandidate(name []byte, app *profile.Application, entry template, codeTable byte) candidate {
	c := candidate{Candidate: Candidate{Name: slices.Clone(name)}, app: app}
	if value, ok := entry.value(tagApplicationLabel); ok {
		c.Label = label(value)
	}
	if value, ok := entry.value(tagPreferredName); ok {
		c.PreferredName = t.preferredName(value, codeTable)
	}
	if priority, ok := entry.byteOf(tagPriority); ok {
		c.Priority = emv.ApplicationPriorityIndicator(priority)
	}
	return c
}

// chooseCandidate takes one candidate off the list. Without a choice or a
// confirmation to be made it is the one of the highest priority. Once the
// cardholder was asked, nothing is selected without asking again. A tap leaves
// no time to ask: EMV Contactless Book B, 3.3 (from memory).
func (t *transaction) chooseCandidate() (candidate, error) {
	s := &t.selection
	slices.SortStableFunc(s.candidates, func(a, b candidate) int { return cmp.Compare(rank(a), rank(b)) })
	i, err := 0, error(nil)
	switch {
	case t.tx.Contactless:
	case t.profile.SelectAutomatically:
		i, err = t.firstWithoutConfirmation()
	case len(s.candidates) > 1 || s.asked || s.candidates[0].Priority.ConfirmationRequired():
		i, err = t.askForApplication()
	}
	if err != nil {
		return candidate{}, err
	}
	c := s.candidates[i]
	s.candidates = slices.Delete(s.candidates, i, i+1)
	return c, nil
}

// firstWithoutConfirmation is the choice of a terminal that can not ask: what
// needs a confirmation is left out. EMV Book 1, 12.4.
func (t *transaction) firstWithoutConfirmation() (int, error) {
	i := slices.IndexFunc(t.selection.candidates, func(c candidate) bool { return !c.Priority.ConfirmationRequired() })
	if i < 0 {
		return 0, notAccepted("application needs a confirmation, which this terminal can not ask for")
	}
	return i, nil
}

// rank orders candidates: 1 comes first, and no priority last.
func rank(c candidate) int {
	if p := c.Priority.Priority(); p != 0 {
		return p
	}
	return math.MaxInt
}

// askForApplication has the cardholder choose or confirm. EMV Book 1, 12.4.
func (t *transaction) askForApplication() (int, error) {
	t.selection.asked = true
	list := make([]Candidate, len(t.selection.candidates))
	for i, c := range t.selection.candidates {
		list[i] = c.Candidate
	}
	i, err := t.cardholder.SelectApplication(t.ctx, list)
	switch {
	case err != nil:
		return 0, &ending{outcome: NotAccepted, reason: "application selection broken off", cause: err}
	case i < 0 || i >= len(list):
		return 0, notAccepted("cardholder chose no application")
	}
	return i, nil
}

// finalSelection selects the chosen application. Where the card refuses, or
// answers with another name or no FCI, the application stays off the list, and
// the others are offered again. EMV Book 1, 12.4.
func (t *transaction) finalSelection(c candidate) (selected bool, err error) {
	r, err := t.exchange(apdu.Select(c.Name, apdu.First))
	if err != nil {
		return false, err
	}
	f, parseErr := parseFCI(r.Data)
	if r.SW != apdu.SWSuccess || parseErr != nil || !bytes.Equal(f.name, c.Name) {
		t.note(ApplicationSelection, "application %X can not be selected: %s", c.Name, r.SW)
		t.cardholder.Show(t.ctx, MessageTryAgain)
		return false, nil
	}
	t.begin(c)
	t.result.Application = c.Candidate
	for _, list := range []template{f.top, f.proprietary, f.issuer} {
		t.keepFromCard(withoutRecordData(list))
	}
	t.note(ApplicationSelection, "selected %X", c.Name)
	return true, nil
}
