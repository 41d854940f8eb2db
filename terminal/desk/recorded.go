package desk

import (
	"encoding/json"
	"fmt"

	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
)

// sending notes that a request goes to the issuer, before it does: its reversal is the
// next item of the journal.
func (r *run) sending() error {
	d := r.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.config.Journal.Update(func(tx *journal.Tx) error {
		r.payment.Item = tx.LastItem() + 1
		return putRecord(tx, r.id, &r.payment.record)
	})
	if err != nil {
		return fmt.Errorf("keep payment: %w", err)
	}
	r.payment.state = Online
	d.tell(r.payment, Event{Type: EventOnline, Text: "The issuer is asked"})
	return nil
}

// concluded notes what a transaction came to, before its reversal is erased: a terminal
// that dies in between knows by that which of them holds.
func (r *run) concluded(result *kernel.Result) error {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	p := r.payment
	p.Outcome, p.ReversalDue = result.Outcome.String(), result.ReversalDue
	if p.Result != Cancelled {
		p.Result, p.Reason = resultOf(result.Outcome), result.Reason
		if result.Cause != nil {
			p.Cause = result.Cause.Error()
		}
	}
	if !result.PAN.IsZero() {
		p.Card = result.PAN.String()
	}
	return r.desk.put(r.id, p)
}

func resultOf(o kernel.Outcome) Result {
	switch {
	case o.Successful():
		return Approved
	case o == kernel.DeclinedOffline || o == kernel.DeclinedOnline:
		return Declined
	}
	return NotCompleted
}

// unrecorded notes that the end could not be recorded, so that the transaction is
// reversed.
func (r *run) unrecorded() {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	if p := r.payment; p.Result != Cancelled {
		p.Result, p.Reason = NotCompleted, "the end could not be recorded"
		p.ReversalDue = p.Item != 0
	}
}

// AppendReceipt keeps the receipt together with the end of the payment.
func (r *run) AppendReceipt(content []byte) error {
	var printed struct{ Next []string }
	if err := json.Unmarshal(content, &printed); err != nil {
		return err
	}
	d, p := r.desk, r.payment
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		defer r.cancel(ErrClosed) // nobody waits for the card to be removed
	}
	ended := p.record
	ended.Open = false
	if p.Result != Cancelled {
		ended.Next = printed.Next
	}
	err := d.config.Journal.Update(func(tx *journal.Tx) error {
		if err := tx.AppendReceipt(content); err != nil {
			return err
		}
		ended.Receipt = tx.LastReceipt()
		return putRecord(tx, r.id, &ended)
	})
	if err != nil {
		return err
	}
	p.record = ended
	r.tellOutcome()
	return nil
}

// tellOutcome tells what the payment came to. desk.mu is held.
func (r *run) tellOutcome() {
	seen, _ := r.desk.snapshot(r.id)
	r.desk.tell(r.payment, Event{Type: EventOutcome, Text: outcomeText(r.payment), Payment: &seen})
}

// outcomeText says what a payment came to.
func outcomeText(p *payment) string {
	text := string(p.Result)
	if p.Outcome != "" && p.Result != Cancelled && p.Result != Interrupted {
		text = p.Outcome
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}
