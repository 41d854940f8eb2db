package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// Config says what a terminal is made of.
type Config struct {
	Reader     hardware.Reader
	Profile    profile.Profile
	Cardholder kernel.Cardholder
	// Online is the way to the issuer; nil is NoHost. One that is a Completer is told
	// what each transaction came to.
	Online kernel.Online
	// Counter counts the transactions (tag 9F41); nil counts from 1 in memory.
	Counter Counter
	// Receipts keeps a copy of each receipt; nil keeps none.
	Receipts Receipts
	// Guard says what may be done to cards. The zero Policy keeps PINs and scripts
	// from those that are not known to be ours.
	Guard guard.Policy
	Clock clock.Clock // nil is the system's
	Rand  io.Reader   // for the kernel; nil is the system's generator
	// ReferenceKey is the key of account references, for exceptions that are some.
	ReferenceKey secret.Value
}

// Completer is a way to the issuer that is told what a transaction came to, before
// the card is removed. It sees to the reversal and the advice. An error says that
// the end could not be recorded, so that the transaction will be reversed.
type Completer interface {
	Completed(ctx context.Context, r *kernel.Result) error
}

// Counter gives the numbers of the transactions of a terminal, each one once, also
// after a restart. EMV Book 3, Annex A, tag 9F41.
type Counter interface{ NextCounter() (uint32, error) }

// Receipts keeps receipts, as JSON with account numbers masked. The receipt is
// durable when AppendReceipt returns nil.
type Receipts interface{ AppendReceipt(content []byte) error }

// memoryCounter counts from 1.
type memoryCounter struct{ n atomic.Uint32 }

// NextCounter returns the next number.
func (c *memoryCounter) NextCounter() (uint32, error) { return c.n.Add(1), nil }

// Terminal is a point of sale. It serves one customer after the other.
//
// Each action of the merchant is a method: it waits for a card, takes it through
// one transaction and returns when the card has been removed. Amounts are in the
// smallest unit of the terminal's currency. Whatever becomes of the transaction, a
// pulled card and ctx that ends on the way included, is in the Receipt. The error
// says that there was no transaction: the profile does not offer this kind, no card
// came, the reader is broken, or the amount has more than 12 digits.
type Terminal struct {
	config  Config
	kernel  *kernel.Kernel
	guard   *guard.Guard
	serving sync.Mutex // held from the wait for a card to its removal
}

// New returns a terminal, or an error that says what its set-up lacks.
func New(c Config) (*Terminal, error) {
	if c.Reader == nil || c.Cardholder == nil {
		return nil, errors.New("set up terminal: Config wants a Reader and a Cardholder")
	}
	if c.Online == nil {
		c.Online = NoHost{}
	}
	if c.Counter == nil {
		c.Counter = new(memoryCounter)
	}
	c.Clock = clock.Or(c.Clock)
	k, err := kernel.New(kernel.Config{Profile: c.Profile, Rand: c.Rand, ReferenceKey: c.ReferenceKey})
	if err != nil {
		return nil, fmt.Errorf("set up terminal: %w", err)
	}
	g, err := guard.New(c.Guard)
	if err != nil {
		return nil, fmt.Errorf("set up terminal: %w", err)
	}
	return &Terminal{config: c, kernel: k, guard: g}, nil
}

// serve waits for a card, takes it through a transaction and returns when it has
// been removed.
func (t *Terminal) serve(ctx context.Context, tx kernel.Transaction) (*Receipt, error) {
	if err := t.config.Profile.CheckOffer(tx.Kind); err != nil {
		return nil, fmt.Errorf("%s: %w", tx.Kind, err)
	}
	t.serving.Lock()
	defer t.serving.Unlock()
	card, err := t.config.Reader.WaitCard(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tx.Kind, err)
	}
	held := hardware.PresentationOf(card)
	tx.Contactless = held == hardware.Contactless
	watched := t.guard.Watch(card)
	result, err := t.transact(ctx, watched, &tx)
	if err != nil {
		_ = card.PowerOff() // nothing has been sent to it
		return nil, fmt.Errorf("%s: %w", tx.Kind, err)
	}
	receipt := newReceipt(t.config.Profile, tx, held, result)
	receipt.watched(watched)
	if completer, ok := t.config.Online.(Completer); ok {
		receipt.Unrecorded = completer.Completed(ctx, result)
	}
	receipt.Unkept = t.keep(receipt)
	t.dismiss(ctx, card, result)
	return receipt, nil
}

// transact completes what the merchant asks for and has the kernel do it, under the
// eyes of the guard.
func (t *Terminal) transact(ctx context.Context, s *guard.Session, tx *kernel.Transaction) (*kernel.Result, error) {
	counter, err := t.config.Counter.NextCounter()
	if err != nil {
		return nil, err
	}
	tx.Counter, tx.Time, tx.Type = counter, t.config.Clock.Now(), tx.Kind.Type()
	card := s.Card()
	person := s.Cardholder(pinpad.WithReaderPad(card, t.config.Cardholder))
	return t.kernel.Transact(ctx, card, person, s.Online(t.config.Online), *tx)
}

// keep keeps a copy of a receipt. The transaction stands whether that works or not.
func (t *Terminal) keep(r *Receipt) error {
	if t.config.Receipts == nil {
		return nil
	}
	content, err := r.copied()
	if err != nil {
		return err
	}
	return t.config.Receipts.AppendReceipt(content)
}

// dismiss ends the session with the card and waits until it is gone. What the
// transaction came to stands, whatever the reader says to that.
func (t *Terminal) dismiss(ctx context.Context, card hardware.Card, result *kernel.Result) {
	_ = card.PowerOff()
	if hardware.PresentationOf(card) == hardware.Contactless {
		return // it may have left the field long ago
	}
	if result.Outcome == kernel.CardRemoved {
		// The kernel saw no card any more, but one that is mute is still there.
		t.config.Cardholder.Show(ctx, kernel.MessageRemoveCard)
	}
	_ = t.config.Reader.WaitRemoval(ctx)
}
