package desk

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/terminal"
)

// errCancelled is why the context of a payment ends that was called off.
var errCancelled = errors.New("the payment was called off")

// doneText is the text of the last event.
const doneText = "The terminal is free"

// run is a payment that runs. desk.mu guards it.
type run struct {
	desk      *Desk
	id        uint64
	payment   *payment
	cancel    context.CancelCauseFunc
	committed bool // the card was asked for its cryptogram
	inserted  bool // a card came
	tries     int  // left when a PIN was last asked for
}

// run takes a payment to its end.
func (r *run) run(ctx context.Context) {
	err := r.transact(ctx)
	d, p := r.desk, r.payment
	d.mu.Lock()
	defer d.mu.Unlock()
	r.cancel(nil)
	if p.Open { // no receipt was kept
		if p.Result == "" {
			p.Result, p.Reason = NotCompleted, "the terminal could not take a card through it"
		}
		if err != nil && p.Result == NotCompleted {
			p.Reason = reasonOf(err)
		}
		r.end()
	}
	p.state, d.running = Done, nil
	seen, _ := d.snapshot(r.id) // it is there; without the journal nothing is known of the reversal
	d.tell(p, Event{Type: EventDone, Text: doneText, Payment: &seen})
}

// reasonOf says why there was no transaction.
func reasonOf(err error) string {
	for _, known := range []error{ErrClosed, errNoCard} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// end records the end of a payment. Where the journal can not be written, Recover finds
// it again. desk.mu is held.
func (r *run) end() {
	r.payment.Open = false
	_ = r.desk.put(r.id, r.payment)
	r.tellOutcome()
}

// transact has a customer come, and serves him until his card is removed.
func (r *run) transact(ctx context.Context) error {
	customer, err := r.desk.config.Customer()
	if err != nil {
		return err
	}
	if customer.Close != nil {
		defer func() { _ = customer.Close() }() // what the payment came to stands
	}
	c := r.desk.config.Terminal
	c.Reader, c.Cardholder, c.Guard = watchedReader{customer.Reader, r}, watchedPerson{customer.Person, r}, customer.Guard
	c.Online, c.Receipts = r.watch(c.Online), r
	till, err := terminal.New(c)
	if err != nil {
		return err
	}
	_, err = till.Do(ctx, r.payment.Request)
	if r.cameIn() && ctx.Err() != nil {
		_ = customer.Reader.WaitRemoval(r.desk.ctx) // the terminal did not wait
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

func (r *run) cameIn() bool {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	return r.inserted
}
