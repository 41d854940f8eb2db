package desk

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/terminal/journal"
)

// eachRecord calls use with each payment of a journal.
func eachRecord(tx *journal.Tx, use func(id uint64, r *record) error) error {
	kept, err := tx.Payments()
	if err != nil {
		return err
	}
	for _, one := range kept {
		var r record
		one.Content.Open(func(content []byte) { err = json.Unmarshal(content, &r) })
		if err != nil {
			return errors.New("read payment: it can not be read: use the till that wrote it")
		}
		if err := use(one.Sequence, &r); err != nil {
			return err
		}
	}
	return nil
}

func putRecord(tx *journal.Tx, id uint64, r *record) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.PutPayment(id, content)
}

// errNotRecovered says that New came before Recover.
var errNotRecovered = errors.New("a payment of the journal has no end: call Recover first")

// load reads the payments of the journal.
func (d *Desk) load() error {
	return d.config.Journal.View(func(tx *journal.Tx) error {
		return eachRecord(tx, func(id uint64, r *record) error {
			if r.Open {
				return errNotRecovered
			}
			p := &payment{record: *r, state: Done}
			d.payments[id], d.keys[r.Key] = p, id
			seen := p.at(id, d.reversal(tx, r))
			p.events = []Event{
				{ID: afterRestart, Type: EventOutcome, At: r.Created, Text: outcomeText(p), Payment: &seen},
				{ID: afterRestart + 1, Type: EventDone, At: r.Created, Text: doneText, Payment: &seen},
			}
			return nil
		})
	})
}

// append keeps a new payment. d.mu is held.
func (d *Desk) append(p *payment) (id uint64, err error) {
	content, err := json.Marshal(p.record)
	if err != nil {
		return 0, err
	}
	err = d.config.Journal.Update(func(tx *journal.Tx) error {
		id, err = tx.AppendPayment(content)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep payment: %w", err)
	}
	d.payments[id], d.keys[p.Key] = p, id
	if old, ok := d.payments[id-journal.PaymentsMax]; ok && id > journal.PaymentsMax {
		delete(d.keys, old.Key)
		delete(d.payments, id-journal.PaymentsMax)
	}
	return id, nil
}

// put keeps a payment as it is now. d.mu is held.
func (d *Desk) put(id uint64, p *payment) error {
	err := d.config.Journal.Update(func(tx *journal.Tx) error { return putRecord(tx, id, &p.record) })
	if err != nil {
		return fmt.Errorf("keep payment: %w", err)
	}
	return nil
}

// snapshot returns a payment as it is now. d.mu is held.
func (d *Desk) snapshot(id uint64) (seen Payment, err error) {
	p, ok := d.payments[id]
	if !ok {
		return Payment{}, ErrNoPayment
	}
	err = d.config.Journal.View(func(tx *journal.Tx) error {
		seen = p.at(id, d.reversal(tx, &p.record))
		return nil
	})
	return seen, err
}

// reversal says what is owed for a payment: its item is in the journal until the issuer
// has acknowledged it.
func (d *Desk) reversal(tx *journal.Tx, r *record) Reversal {
	switch {
	case !r.ReversalDue || r.Open:
		return NoReversal
	case tx.HasItem(r.Item):
		return Owed
	}
	return Acknowledged
}

// at returns a payment as others see it. What it came to is told when it is recorded, and
// not before: until then it may still be reversed.
func (p *payment) at(id uint64, owed Reversal) Payment {
	seen := Payment{ID: id, Request: p.Request, Created: p.Created, State: p.state, Reversal: owed}
	if p.Open && p.Result != Cancelled {
		return seen
	}
	seen.Result, seen.Outcome, seen.Reason, seen.Cause = p.Result, p.Outcome, p.Reason, p.Cause
	seen.Card, seen.Receipt, seen.Next = p.Card, p.Receipt, p.next()
	return seen
}
