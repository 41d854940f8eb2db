package story

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// theReader is the name by which a story has the card that somebody puts into the
// reader. Nobody here has issued it.
const theReader = "reader"

// Lab is a reader into which people put cards of their own.
type Lab struct {
	// Open opens the reader for one insertion, and asks for a card.
	Open func() (hardware.Reader, error)
	// Removed waits until the card is out.
	Removed func(context.Context, hardware.Reader) error
	// UsePINOnCard is consent as in guard.Policy.
	UsePINOnCard string
}

// foreignMax is how many transactions of cards that are not ours a story takes: each
// uses up one of the 65,535 that a card has.
const foreignMax = 20

// Why a story is refused with a reader of the lab.
var (
	errNotOurs  = errors.New("the card in the reader is somebody's own: it can be inserted, but nobody here can issue it, set its counters or look into its memory")
	errNoLab    = errors.New("no card of somebody's own is here: name its reader with --reader")
	errLabIssue = errors.New("the cards in this reader are their holders' own, and can not be personalised: use `insert reader`, or offer emulated cards to a virtual reader with --vpcd")
	errLabFault = errors.New("a fault could make a command that must not reach a card of somebody's own: faults of the card, `pull` and `script` are for emulated cards")
	errLabMany  = fmt.Errorf("a story takes at most %d transactions of cards of somebody's own", foreignMax)
)

// emulates reports whether the cards of the story are emulated ones.
func (w *World) emulates() bool { return w.config.Lab == nil || w.config.Socket != nil }

// insertForeign takes the card in the reader through a transaction, under the rules of
// the guard.
func (w *World) insertForeign(ctx context.Context, do transaction) (receipt *terminal.Receipt, person *customer, err error) {
	next := w.next
	w.next = insertion{}
	switch {
	case w.config.Lab == nil:
		return nil, nil, errNoLab
	case len(next.plan) > 0:
		return nil, nil, errLabFault
	case w.foreign == foreignMax:
		return nil, nil, errLabMany
	}
	w.foreign++
	reader, err := w.config.Lab.Open()
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	person = &customer{Scripted: pinpad.NewScripted(next.entries...), cancels: next.cancels, choices: next.choices}
	receipt, err = w.serve(ctx, reader, guard.Policy{UsePINOnCard: w.config.Lab.UsePINOnCard, TransactionsMax: 1}, person, do)
	if err != nil {
		return nil, nil, err
	}
	return receipt, person, errors.Join(receipt.Unrecorded, receipt.Unkept, w.calm(ctx), person.leftOver(), w.config.Lab.Removed(ctx, reader))
}
