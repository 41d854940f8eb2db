package authorization

import (
	"time"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// decideReversal returns the decider of a reversal. It undoes money and is always
// accepted. It proves nothing about the PIN on the chip and undoes none.
func decideReversal(m *message.Reversal) decider {
	return func(w *work) (outcome, error) {
		w.record.PIN, _ = w.record.PIN.Step(pinlife.Reversal{})
		text := w.reverse(m)
		return outcome{
			answer:  refuse(m, message.ActionReversalAccepted),
			entries: []store.Entry{w.entry("reversal", detail{Reason: text, Action: message.ActionReversalAccepted.String(), Amount: m.Amount, Currency: m.Currency})},
		}, nil
	}
}

// reverse undoes the original, and says what that came to. An original that is not
// known yet is noted, so that it is declined when it comes.
func (w *work) reverse(m *message.Reversal) string {
	p := w.record.Payment(w.original)
	switch {
	case p == nil && w.originalAnswered:
		return "original is no payment"
	case p == nil:
		w.record.AddPayment(store.Payment{Key: w.original, At: w.now.Truncate(time.Second), Reversed: true})
		return "original is not known"
	case p.Reversed:
		return "reversed before"
	case m.FunctionCode == message.PartialReversal && m.Currency != p.Currency:
		return "not reversed: part of another currency" // what is left can not be told
	case m.FunctionCode == message.PartialReversal:
		w.undo(p, max(0, p.Amount-int64(m.Amount)))
		return "reversed in part"
	}
	w.undo(p, p.Amount)
	p.Reversed = true
	return "reversed"
}
