package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal"
)

// Desk takes payments. Its methods may be called from any goroutine.
type Desk struct {
	secret.Opaque
	config Config
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu       sync.Mutex // guards what follows; may be held while the journal is written
	closed   bool
	payments map[uint64]*payment
	keys     map[string]uint64
	running  *run          // nil where the terminal is free
	changed  chan struct{} // closed and replaced with each event
}

// New returns a desk with the payments that its journal holds.
func New(c Config) (*Desk, error) {
	if c.Customer == nil || c.Journal == nil {
		return nil, errors.New("set up desk: Config wants a Customer and a Journal")
	}
	if c.CardWait == 0 {
		c.CardWait = CardWaitDefault
	}
	c.Terminal.Clock = clock.Or(c.Terminal.Clock)
	d := &Desk{config: c, payments: map[uint64]*payment{}, keys: map[string]uint64{}, changed: make(chan struct{})}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	if err := d.load(); err != nil {
		d.cancel()
		return nil, fmt.Errorf("set up desk: %w", err)
	}
	return d, nil
}

// Start begins a payment. A key that was used before begins nothing: the payment that
// it belongs to is returned, and fresh is false. The error is a BusyError where another
// one runs. When Start returns the payment is in the journal.
func (d *Desk) Start(key string, r terminal.Request) (p Payment, fresh bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.keys[key]; ok {
		if d.payments[id].Request != r {
			return Payment{}, false, ErrKeyReused
		}
		p, err = d.snapshot(id)
		return p, false, err
	}
	switch {
	case d.closed:
		return Payment{}, false, ErrClosed
	case d.running != nil:
		return Payment{}, false, &BusyError{d.running.id}
	}
	one := &payment{record: record{Key: key, Request: r, Created: d.config.Terminal.Clock.Now(), Open: true}, state: Waiting}
	id, err := d.append(one)
	if err != nil {
		return Payment{}, false, err
	}
	d.begin(id, one)
	p, err = d.snapshot(id)
	return p, true, err
}

// begin runs a payment. d.mu is held.
func (d *Desk) begin(id uint64, one *payment) {
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &run{desk: d, id: id, payment: one, cancel: cancel}
	d.running = r
	d.tasks.Go(func() { r.run(ctx) })
}

// Cancel calls a payment off. The error wraps ErrTooLate where its card has been asked
// for its cryptogram, and ErrEnded where it has ended. To cancel twice is no error.
func (d *Desk) Cancel(id uint64) (Payment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.payments[id]
	switch r := d.running; {
	case !ok:
		return Payment{}, ErrNoPayment
	case p.Result == Cancelled:
	case !p.Open:
		return Payment{}, ErrEnded
	case r.committed || p.Result != "":
		return Payment{}, ErrTooLate
	default:
		p.Result, p.Reason = Cancelled, "called off at the till"
		if err := d.put(id, p); err != nil {
			p.Result, p.Reason = "", ""
			return Payment{}, err
		}
		r.cancel(errCancelled)
	}
	return d.snapshot(id)
}

// Payment returns a payment.
func (d *Desk) Payment(id uint64) (Payment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshot(id)
}

// Running returns the payment that runs; ok is false where the terminal is free.
func (d *Desk) Running() (p Payment, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running == nil {
		return Payment{}, false
	}
	p, err := d.snapshot(d.running.id)
	return p, err == nil
}

// Events returns the events of a payment with a higher ID than after, whether there
// will be more, and a channel that is closed when there are.
func (d *Desk) Events(id, after uint64) (events []Event, more bool, changed <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.payments[id]
	if !ok {
		return nil, false, nil, ErrNoPayment
	}
	for _, e := range p.events {
		if e.ID > after {
			events = append(events, e)
		}
	}
	return events, p.state != Done, d.changed, nil
}

// Close calls off the payment that runs, or waits for its outcome where it is too late
// for that. It does not wait for a card to be removed.
func (d *Desk) Close() error {
	d.mu.Lock()
	d.closed = true
	if r := d.running; r != nil && (!r.committed || !r.payment.Open) {
		r.cancel(ErrClosed)
	}
	d.mu.Unlock()
	d.cancel()
	d.tasks.Wait()
	return nil
}

// announce wakes all who follow a payment. d.mu is held.
func (d *Desk) announce() {
	close(d.changed)
	d.changed = make(chan struct{})
}
