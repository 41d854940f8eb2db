package sim

import (
	"context"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

// purchase is one that somebody made, with what became of it as the merchant saw it.
type purchase struct {
	amount uint64 // no other has it
	told   string // what the merchant was told; empty where the terminal was killed
	stands bool   // by what its terminal has written down
	order  bool
}

// firstAmount is that of the first purchase; each further one costs one more.
const firstAmount = 10_00

func (w *world) newPurchase() *purchase {
	p := &purchase{amount: firstAmount + uint64(len(w.purchases))}
	w.purchases = append(w.purchases, p)
	return p
}

// buy uses the card at a terminal.
func (w *world) buy(t *till, held hardware.Presentation, pins ...pinChoice) *visit {
	w.people.wait(func() bool { return !w.cardBusy && !t.busy })
	w.cardBusy, t.busy = true, true
	v, p := &visit{pins: pins, pending: w.holder.acked}, w.newPurchase()
	t.reader.held, t.completing, t.recorded = held, false, false
	over := t.do(func() {
		t.customer.visit = v
		receipt, err := t.terminal.Purchase(context.Background(), p.amount)
		if err != nil {
			p.told = "no transaction: " + err.Error()
			return
		}
		w.received(p, v, receipt)
	})
	if !over {
		w.chip.reset()
		p.stands = t.recorded && stands(t.outcome)
	}
	w.note("merchant", "%d: %s", p.amount, p.said())
	w.cardBusy, t.busy = false, false
	return v
}

// received notes what a receipt says.
func (w *world) received(p *purchase, v *visit, r *terminal.Receipt) {
	p.told = r.Result.Outcome.String()
	p.stands = stands(r.Result) && r.Unrecorded == nil
	if n := len(v.entered); n > 0 && v.good && v.entered[n-1].generation != unknown {
		w.holder.working = v.entered[n-1].generation
	}
	if slices.ContainsFunc(r.Result.ScriptResults, func(s emv.ScriptResult) bool { return s.Outcome == emv.ScriptSuccessful }) {
		w.holder.working = v.pending // the issuer says: probably active
	}
	if r.Unrecorded != nil {
		p.told += ", not recorded"
	}
}

// stands reports whether the merchant gets his money.
func stands(r *kernel.Result) bool { return r.Outcome == kernel.ApprovedOnline && !r.ReversalDue }

func (p *purchase) said() string {
	if p.told == "" {
		return "terminal died"
	}
	return p.told
}

// order buys without the card.
func (w *world) order(t *till) {
	w.people.wait(func() bool { return !t.busy })
	t.busy = true
	p := w.newPurchase()
	p.order = true
	t.do(func() {
		answer, err := t.link.Order(context.Background(), link.Order{
			PAN: w.template.pan, SequenceNumber: w.template.number, HasSequenceNumber: true, Expiry: w.template.record.Expiry, Amount: p.amount,
		})
		if err != nil {
			p.told = "no answer"
			return
		}
		p.told, p.stands = answer.ActionCode.String(), answer.Approved()
	})
	w.note("merchant", "order %d: %s", p.amount, p.said())
	t.busy = false
}
