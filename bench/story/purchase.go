package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	choices []choice // of applications
	plan    fault.Plan
}

// errCancelled is how a cardholder ends a transaction.
var errCancelled = errors.New("cancelled by the cardholder")

// customer enters PINs, cancels, and removes the card when the terminal says so.
type customer struct {
	*pinpad.Scripted
	socket  Socket // nil where somebody else takes the card out
	cancels bool
	asked   bool // for a PIN when none was left
	choices []choice
	offered []int // applications, each time that he was asked
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
	if m == kernel.MessageRemoveCard && c.socket != nil {
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
	case len(c.choices) > 0:
		return errors.New("the terminal did not ask for an application as often as the line `choose` has one")
	}
	return c.Done()
}

// choice is what the cardholder answers to the list of applications: one whose label
// has that text, or none.
type choice string

// chooseNone is the choice of none.
const chooseNone choice = "none"

// SelectApplication makes the next choice; the first one where none is left.
func (c *customer) SelectApplication(_ context.Context, candidates []kernel.Candidate) (int, error) {
	c.offered = append(c.offered, len(candidates))
	if len(c.choices) == 0 {
		return 0, nil
	}
	next := c.choices[0]
	c.choices = c.choices[1:]
	if next == chooseNone {
		return kernel.NoApplication, nil
	}
	i := slices.IndexFunc(candidates, func(one kernel.Candidate) bool {
		return strings.Contains(strings.ReplaceAll(one.Label, " ", "_"), string(next))
	})
	if i < 0 {
		return 0, fmt.Errorf("none of the %s on offer is %s", count(len(candidates), "application"), next)
	}
	return i, nil
}

// purchase takes a holder's card through a purchase at the terminal, and waits until
// the host has all that follows from it.
func (w *World) purchase(ctx context.Context, h *holder, do transaction, tap bool) (*terminal.Receipt, *customer, error) {
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
	socket, err := w.inReader(listener{chip, h}, tap)
	if err != nil {
		return nil, nil, err
	}
	defer socket.Close()
	injector, err := fault.New(fault.Config{Plan: next.plan, Clock: w.clock})
	if err != nil {
		return nil, nil, err
	}
	w.till.die.holding(socket.Pull)
	defer w.till.die.holding(nil)
	person := &customer{Scripted: pinpad.NewScripted(next.entries...), socket: socket, cancels: next.cancels, choices: next.choices}
	// What is emulated shows so by its certificate, where it has come through a reader.
	policy := guard.Policy{EmulatedCardsOnly: tap || w.config.Socket == nil}
	receipt, err := w.serve(ctx, injector.Reader(socket), policy, person, do)
	for _, s := range injector.Strikes() {
		w.timeline.Fault(s.String())
	}
	killed := w.till.die.hasStruck()
	if err != nil && !killed {
		return nil, nil, err
	}
	settled := w.settle(ctx, injector)
	if killed {
		return nil, person, settled
	}
	return receipt, person, errors.Join(receipt.Unrecorded, receipt.Unkept, settled, person.leftOver())
}

// transaction is what a terminal is asked for.
type transaction func(context.Context, *terminal.Terminal) (*terminal.Receipt, error)

// The types of transactions.
const (
	typePurchase    = "purchase"
	typeForceOnline = "force-online"
	typeCash        = "cash"
	typeRefund      = "refund"
	typeBalance     = "balance"
	typePINChange   = "pin-change"
	typePINUnblock  = "pin-unblock"
)

// transaction reads what a terminal is asked for. Where no amount is asked for, it
// must be 0.
func (w *World) transaction(word string, options map[string]string) (transaction, error) {
	amount, err := w.parseAmount(word)
	if err != nil {
		return nil, err
	}
	if extra, ok := options["cashback"]; ok {
		cashback, err := w.parseAmount(extra)
		return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
			return t.PurchaseWithCashback(ctx, amount, cashback)
		}, err
	}
	with := func(do func(*terminal.Terminal, context.Context, uint64) (*terminal.Receipt, error)) transaction {
		return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return do(t, ctx, amount) }
	}
	without := func(do func(*terminal.Terminal, context.Context) (*terminal.Receipt, error)) transaction {
		return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return do(t, ctx) }
	}
	kind, ok := options["type"]
	if !ok {
		kind = typePurchase
	}
	do, ok := map[string]transaction{
		typePurchase: with((*terminal.Terminal).Purchase), typeForceOnline: with((*terminal.Terminal).PurchaseOnline),
		typeCash: with((*terminal.Terminal).Cash), typeRefund: with((*terminal.Terminal).Refund),
		typeBalance: without((*terminal.Terminal).BalanceInquiry), typePINChange: without((*terminal.Terminal).ChangePIN),
		typePINUnblock: without((*terminal.Terminal).UnblockPIN),
	}[kind]
	if !ok {
		return nil, fmt.Errorf("%w: want type purchase, force-online, cash, refund, balance, pin-change or pin-unblock", errArguments)
	}
	return do, nil
}

// serve has the terminal do what it is asked for.
func (w *World) serve(ctx context.Context, reader hardware.Reader, policy guard.Policy, person kernel.Cardholder, do transaction) (*terminal.Receipt, error) {
	t, err := terminal.New(terminal.Config{
		Reader: w.timeline.Reader(reader), Profile: w.till.profile, Cardholder: person, Online: w.till.link,
		Counter: w.till.journal, Receipts: w.till.journal, Clock: w.clock, Rand: w.kernel,
		Guard: policy,
	})
	if err != nil {
		return nil, err
	}
	return do(ctx, t)
}

// settle ends the faults of a purchase, and waits for what follows.
func (w *World) settle(ctx context.Context, injector *fault.Injector) error {
	errs := []error{w.calm(ctx)}
	for _, f := range injector.Unfired() {
		errs = append(errs, fmt.Errorf("the fault %q never struck", f))
	}
	return errors.Join(errs...)
}

// calm brings host and line back, and waits until the host has all that the terminal
// owes it. What was to go wrong on the line must have done so by then.
func (w *World) calm(ctx context.Context) error {
	t := w.till
	errs := []error{w.revive()}
	if err := w.repower(t); err != nil {
		return errors.Join(append(errs, err, t.line.unused())...)
	}
	for {
		settled, err := t.drained(ctx)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if settled {
			break
		}
		t.line.mend()
	}
	if !t.line.holds() {
		errs = append(errs, t.line.answered(ctx))
	}
	return errors.Join(append(errs, t.line.unused())...)
}
