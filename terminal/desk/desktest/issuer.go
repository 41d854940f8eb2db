package desktest

import (
	"context"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// Step is a moment of an online transaction.
type Step string

// The steps, in their order.
const (
	Asked     Step = "asked"     // nothing of the request is in the journal
	Begun     Step = "begun"     // its reversal is
	Answered  Step = "answered"  // the answer is there
	Ending    Step = "ending"    // the desk has recorded the end
	Completed Step = "completed" // the link has
)

// Issuer is a way to an issuer that writes the journal as a link does.
type Issuer struct {
	Step    func(Step) // is called in each step; it may block
	Silent  bool       // no answer comes
	Decline bool

	journal *journal.Journal
	item    uint64
}

// Authorize approves, unless it was told otherwise.
func (i *Issuer) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	i.Step(Asked)
	err := i.journal.Update(func(tx *journal.Tx) (err error) {
		if i.item, err = tx.NextItem(); err != nil {
			return err
		}
		return tx.Put(i.item, []byte{1, byte(queue.Reversal), byte(queue.Open), 0, 0, 0}) // as the link writes the head of one
	})
	if err != nil {
		return nil, &kernel.UnableToGoOnlineError{Cause: err}
	}
	i.Step(Begun)
	defer i.Step(Answered)
	switch {
	case i.Silent:
		return nil, &kernel.UnableToGoOnlineError{Sent: true}
	case i.Decline:
		return &kernel.OnlineResponse{ARC: emv.ARC(0x3035)}, nil
	}
	return &kernel.OnlineResponse{ARC: emv.ARC(0x3030), Booked: true}, nil
}

// Completed erases the reversal, where none is due.
func (i *Issuer) Completed(_ context.Context, r *kernel.Result) error {
	i.Step(Ending)
	defer i.Step(Completed)
	if i.item == 0 || r.ReversalDue {
		return nil
	}
	return i.journal.Update(func(tx *journal.Tx) error { return tx.Erase(i.item) })
}

// Acknowledge erases what is due, as when the issuer has acknowledged it.
func (i *Issuer) Acknowledge() error {
	return i.journal.Update(func(tx *journal.Tx) error { return tx.Erase(i.item) })
}
