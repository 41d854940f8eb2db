package story

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// insertion is what is prepared for the next card in the reader.
type insertion struct {
	entries []kernel.PINEntry
	typed   []string // the PINs among them
	cancels bool     // the cardholder cancels when he is asked for one PIN more
	plan    fault.Plan
}

// errCancelled is how a cardholder ends a transaction.
var errCancelled = errors.New("cancelled by the cardholder")

// customer enters PINs, cancels, and removes the card when the terminal says so.
type customer struct {
	*pinpad.Scripted
	socket  Socket
	cancels bool
	asked   bool // for a PIN when none was left
}

// PIN returns the next entry.
func (c *customer) PIN(ctx context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	entry, err := c.Scripted.PIN(ctx, p)
	if errors.Is(err, pinpad.ErrScriptEnded) {
		c.asked = true
		if c.cancels {
			err = errCancelled
		}
	}
	return entry, err
}

// Show obeys the terminal.
func (c *customer) Show(ctx context.Context, m kernel.Message) {
	c.Scripted.Show(ctx, m)
	if m == kernel.MessageRemoveCard {
		c.socket.Pull()
	}
}

// leftOver says what of the entries does not fit what the terminal asked for.
func (c *customer) leftOver() error {
	switch {
	case c.asked && !c.cancels:
		return errors.New("the terminal asked for a PIN more than the line `enter` has: name further ones, or `cancel`")
	case c.cancels && !c.asked:
		return errors.New("the terminal did not ask for the PIN that was to be cancelled")
	}
	return c.Done()
}

// purchase takes a holder's card through a purchase at the terminal, and waits until
// the host has all that follows from it.
func (w *World) purchase(ctx context.Context, h *holder, amount uint64, tap bool) (*terminal.Receipt, *customer, error) {
	next := w.next
	w.next = insertion{}
	for _, word := range next.typed {
		if _, err := w.notedPIN(word, h); err != nil {
			return nil, nil, err
		}
	}
	file, err := card.OpenFile(w.path(cardFolder, h.handout.CardFile))
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	chip, err := card.Open(card.Config{Medium: file, Key: w.key, Rand: h.chip})
	if err != nil {
		return nil, nil, err
	}
	socket, err := w.present(chip, tap)
	if err != nil {
		return nil, nil, err
	}
	defer socket.Close()
	injector, err := fault.New(fault.Config{Plan: next.plan, Clock: w.clock})
	if err != nil {
		return nil, nil, err
	}
	person := &customer{Scripted: pinpad.NewScripted(next.entries...), socket: socket, cancels: next.cancels}
	receipt, err := w.serve(ctx, injector.Reader(socket), person, amount)
	if err != nil {
		return nil, nil, err
	}
	return receipt, person, errors.Join(receipt.Unrecorded, receipt.Unkept, w.settle(ctx, injector), person.leftOver())
}

// serve has the terminal make the purchase.
func (w *World) serve(ctx context.Context, reader hardware.Reader, person kernel.Cardholder, amount uint64) (*terminal.Receipt, error) {
	t, err := terminal.New(terminal.Config{
		Reader: w.timeline.Reader(reader), Profile: w.till.profile, Cardholder: person, Online: w.till.link,
		Counter: w.till.journal, Receipts: w.till.journal, Clock: w.clock, Rand: w.kernel,
		Guard: guard.Policy{EmulatedCardsOnly: true},
	})
	if err != nil {
		return nil, err
	}
	return t.Purchase(ctx, amount)
}

// settle ends the faults of a purchase, and waits for what follows.
func (w *World) settle(ctx context.Context, injector *fault.Injector) error {
	var errs []error
	if w.till.line.mend() {
		errs = append(errs, errors.New("no answer came that could be lost"))
	}
	for _, f := range injector.Unfired() {
		errs = append(errs, fmt.Errorf("the fault %q never struck", f))
	}
	return errors.Join(append(errs, w.till.drained(ctx))...)
}
