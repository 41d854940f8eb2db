package story

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

func enter(_ context.Context, w *World, args Args) (Result, error) {
	for i, word := range args {
		switch {
		case w.next.cancels:
			return Result{}, fmt.Errorf("%w: nothing follows a cancel", errArguments)
		case word == "bypass":
			w.next.entries = append(w.next.entries, kernel.Bypassed())
		case word == "cancel":
			w.next.cancels = true
		default:
			p, err := parsePIN(word)
			if err != nil {
				return Result{}, fmt.Errorf("word %d: %w", i+1, err)
			}
			w.next.entries, w.next.typed = append(w.next.entries, kernel.Entered(p)), append(w.next.typed, word)
		}
	}
	if len(args) == 0 {
		return Result{}, fmt.Errorf("%w: want PINs, bypass or cancel", errArguments)
	}
	return Result{}, nil
}

func prepareFault(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	switch {
	case len(args) > 1 && args[0] == "line":
		f, err := parseLineFault(args[1:])
		if err == nil {
			w.till.line.plan(f)
		}
		return Result{}, err
	case len(args) > 1 && args[0] == "card":
		return Result{}, w.plan(args[1:])
	case len(args) == 2 && args[0] == "host" && (args[1] == hostDiskFull || args[1] == hostSlow):
		w.planHostFault(args[1])
		return Result{}, nil
	}
	return Result{}, fmt.Errorf("%w: want line or card with a fault, or host with disk-full or slow", errArguments)
}

func pull(_ context.Context, w *World, args Args) (Result, error) {
	return Result{}, w.plan(append([]string{"pull"}, args...))
}

// plan adds a fault to those of the next insertion.
func (w *World) plan(words []string) error {
	f, err := fault.Parse(strings.Join(words, " "))
	if err == nil {
		w.next.plan = append(w.next.plan, f)
	}
	return err
}

func insert(ctx context.Context, w *World, args Args) (Result, error) {
	return w.buy(ctx, args, false)
}

func tap(ctx context.Context, w *World, args Args) (Result, error) { return w.buy(ctx, args, true) }

// buy makes a purchase, or what else is asked for, with a card at the terminal.
func (w *World) buy(ctx context.Context, args Args, tap bool) (Result, error) {
	words, options, err := args.take(2, "type", "cashback")
	if err != nil {
		return Result{}, err
	}
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	var h *holder
	if words[0] != theReader || tap {
		if h, err = w.person(words[0]); err != nil {
			return Result{}, err
		}
	}
	do, err := w.transaction(words[1], options)
	if err != nil {
		return Result{}, err
	}
	from := w.timeline.Len()
	receipt, customer, err := w.present(ctx, h, do, tap)
	if err != nil {
		return Result{}, err
	}
	action, text, err := w.decision(from)
	w.last = &outcome{receipt: receipt, prompts: customer.Prompts(), offered: customer.offered, action: action, killed: receipt == nil, from: from}
	result := Result{Means: w.last.String(), Detail: map[string]any{"killed": true}}
	if receipt != nil {
		result = purchaseResult(receipt, w.last, text)
	}
	if err == nil && w.settled {
		result.Lines, err = w.transcript(ctx, h, result.Means)
	}
	return result, err
}

// present takes a holder's card, or without one that in the reader, through a
// transaction.
func (w *World) present(ctx context.Context, h *holder, do transaction, tap bool) (*terminal.Receipt, *customer, error) {
	if h == nil {
		return w.insertForeign(ctx, do)
	}
	return w.purchase(ctx, h, do, tap)
}

// purchaseResult tells what a purchase came to.
func purchaseResult(receipt *terminal.Receipt, o *outcome, text string) Result {
	r := receipt.Result
	means := r.Outcome.String()
	switch {
	case o.cancelled():
		means = "cancelled"
	case r.Outcome == kernel.DeclinedOnline && o.action == message.ActionApproved.String():
		means = "declined " + o.action + ", though the host approved"
	case r.Outcome == kernel.DeclinedOnline && o.action != "":
		means = "declined " + o.action + ", " + text
	case r.Outcome.Approved():
		means = "approved"
	}
	scripts := make([]string, len(r.ScriptResults))
	for i, s := range r.ScriptResults {
		scripts[i] = s.Outcome.String()
	}
	return Result{Means: means, Detail: map[string]any{
		"outcome": r.Outcome.String(), "action_code": o.action, "verification": receipt.Verification(), "scripts": scripts,
		"cancelled": o.cancelled(), "reversal": r.ReversalDue, "tvr": names(r.TVR.Bits()), "atc": uint16(r.ATC),
	}}
}

// names returns the names of the bits of a TVR.
func names(bits []emv.Bit[emv.TVR]) []string {
	all := make([]string, len(bits))
	for i, b := range bits {
		all[i] = b.String()
	}
	return all
}

// decision returns what the host decided on the last request since a position of the
// timeline, and its text. Both are empty where it was not asked.
func (w *World) decision(from int) (action, text string, err error) {
	events, err := w.timeline.Events(from)
	for _, e := range events {
		if code := e.ActionCode(); code != "" && e.IsAuthorization() {
			action, text = code, e.ActionText()
		}
	}
	return action, text, err
}

func order(ctx context.Context, w *World, args Args) (Result, error) {
	words, options, err := args.take(2, "pin", "cid", "eci", "aevv")
	if err != nil {
		return Result{}, err
	}
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	h, err := w.person(words[0])
	if err != nil {
		return Result{}, err
	}
	application := h.account.Image.Applications[0]
	o := link.Order{PAN: application.PAN, SequenceNumber: application.SequenceNumber, HasSequenceNumber: true, Expiry: h.expiry}
	if o.Amount, err = w.parseAmount(words[1]); err != nil {
		return Result{}, err
	}
	if digits, ok := options["pin"]; ok {
		if o.PIN, err = w.notedPIN(digits, h); err != nil {
			return Result{}, err
		}
	}
	if o.CardNotPresent, err = w.cardNotPresent(h, options); err != nil {
		return Result{}, err
	}
	return w.place(ctx, o)
}

// aevvBytes is the length of the value of a cardholder's authentication.
const aevvBytes = 20

// cardNotPresent is what an order says of who gives it.
func (w *World) cardNotPresent(h *holder, options map[string]string) (c message.CardNotPresent, err error) {
	c.ECI = options["eci"]
	if digits, ok := options["cid"]; ok {
		if digits == "right" {
			if digits, err = w.code(h); err != nil {
				return c, err
			}
		}
		c.CID = secret.New([]byte(digits))
	}
	if digits, ok := options["aevv"]; ok {
		if c.AEVV, err = hex.DecodeString(digits); err != nil || len(c.AEVV) != aevvBytes {
			return c, fmt.Errorf("%w: want an aevv of %d hexadecimal digits", errArguments, 2*aevvBytes)
		}
	}
	return c, nil
}

func choose(_ context.Context, w *World, args Args) (Result, error) {
	if len(args) == 0 {
		return Result{}, fmt.Errorf("%w: want labels of applications, with _ for spaces, or none", errArguments)
	}
	for _, word := range args {
		w.next.choices = append(w.next.choices, choice(word))
	}
	return Result{}, nil
}

// place sends an order and waits until the matter is settled.
func (w *World) place(ctx context.Context, o link.Order) (Result, error) {
	from := w.timeline.Len()
	answer, err := w.till.link.Order(ctx, o)
	drained := w.calm(ctx)
	if unable := (*kernel.UnableToGoOnlineError)(nil); drained == nil && errors.As(err, &unable) {
		w.last = &outcome{order: true, unanswered: true, from: from}
		return Result{Means: w.last.String(), Detail: map[string]any{"unanswered": true, "reversal": unable.Sent}}, nil
	}
	if err = errors.Join(err, drained); err != nil {
		return Result{}, err
	}
	w.last = &outcome{order: true, approved: answer.Approved(), action: answer.ActionCode.String(), from: from}
	means := "approved"
	if !w.last.approved {
		means = "declined " + w.last.action + ", " + answer.ActionCode.Text()
	}
	return Result{Means: means, Detail: map[string]any{"action_code": w.last.action, "approved": w.last.approved, "pin_block": !o.PIN.IsZero()}}, nil
}
