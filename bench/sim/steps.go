package sim

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// step is what has just happened: one of these is set.
type step struct {
	card   *cardStep
	commit *commit
	answer *answerStep
	end    *endStep
}

// cardStep is a command that the card carried out, or lost its power in.
type cardStep struct {
	before, after remembered
	command       []byte
	name          string
	ins           byte
	answered      bool
	sw            apdu.SW
	writes        []card.Write
}

func (s *cardStep) told() string {
	if !s.answered {
		return fmt.Sprintf("the power goes in a write, PIN %d, tries %d", s.after.PIN, s.after.TriesLeft)
	}
	return fmt.Sprintf("%04X, ATC %d, PIN %d, tries %d, scripts %d", uint16(s.sw), s.after.ATC, s.after.PIN, s.after.TriesLeft, s.after.ScriptCount)
}

// answerStep is an answer that the host sends.
type answerStep struct {
	message message.Message
	packed  []byte
}

// endStep is the end of a run, when all is repaired and the card was used again.
type endStep struct {
	visits []*visit // after the repair
	owed   [tillsMax]int
}

// watch is what the invariants remember of earlier steps.
type watch struct {
	payments map[store.Key]store.Payment
	applied  map[uint16]int              // PIN scripts that the card applied, by ATC
	answers  map[message.MatchKey][]byte // that the host gave
	sent     [][]byte                    // all messages of the host
	answered int                         // approvals that the host gave
	replies  int                         // that the host has committed
	entered  pinlife.Generation          // the last PIN that a terminal was given
}

func newWatch() watch {
	return watch{payments: map[store.Key]store.Payment{}, applied: map[uint16]int{}, answers: map[message.MatchKey][]byte{}}
}

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant string `json:"invariant"`
	What      string `json:"what"`
	At        string `json:"at"` // on the run's clock
}

// check asks all invariants after a step.
func (w *world) check(s step) {
	for _, i := range invariants {
		if err := i.hold(w, s); err != nil {
			w.violated(i.Name, err)
		}
	}
}

var invariants = Invariants()

// violated notes a violation, the first of each invariant.
func (w *world) violated(name string, err error) {
	if slices.ContainsFunc(w.violations, func(v Violation) bool { return v.Invariant == name }) {
		return
	}
	w.note("CHECK", "%s: %v", name, err)
	w.violations = append(w.violations, Violation{name, err.Error(), w.scheduler.clock.Now().Sub(start).String()})
}
