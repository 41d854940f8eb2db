package authorization

import (
	"time"

	"github.com/f510b0cf/till/issuer/message"
)

// Step is a part of the work on a message.
type Step uint8

// The steps, in their order. Where a record was changed meanwhile, those from LookUp
// on come again.
const (
	Turn   Step = iota // waiting for other messages of the card, and for a processor
	LookUp             // reading the account
	Decide             // all checks, with the keys
	Write              // packing and sealing the answer
	Commit             // record, answer and journal
	Steps              // how many there are
)

var stepNames = [Steps]string{"turn", "look-up", "decide", "write", "commit"}

// String returns the name of the step.
func (s Step) String() string { return stepNames[s] }

// Observation is what is told of a message that was worked on. All of it are words that
// the program itself has.
type Observation struct {
	Kind     message.Kind
	Decision string // kind of the line in the journal; empty of a repeat, and where nothing was decided
	Reason   string // why a request was declined
	Script   string // that went out, or what an advice says of one; empty is none
	Took     [Steps]time.Duration
}

// lap notes how long a step took: the time since the last lap.
func (w *work) lap(s Step) {
	if w.config.Observe == nil {
		return
	}
	now := w.config.Clock.Now()
	w.seen.Took[s] += now.Sub(w.since)
	w.since = now
}
