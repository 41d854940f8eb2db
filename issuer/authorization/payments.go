package authorization

import (
	"time"

	"github.com/f510b0cf/till/issuer/store"
)

// reversed looks for a reversal that overtook its request.
func (d *decision) reversed() reason {
	if p := d.record.Payment(d.key); p != nil && p.Reversed {
		return reversedBefore
	}
	return approved
}

// book notes an approved request as a payment. One without an amount is none.
func (d *decision) book() { d.post(d.key, uint16(d.chip.input.ATC)) }

// post adds the amount of the message to what was spent today, once for each key.
func (w *work) post(key store.Key, atc uint16) {
	amount := int64(w.transaction.Amount)
	if amount == 0 || w.record.Payment(key) != nil {
		return
	}
	w.record.AddPayment(store.Payment{Key: key, ATC: atc, Currency: w.transaction.Currency, Amount: amount, At: w.now.Truncate(time.Second)})
	w.record.Spent = store.Spent{Day: day(w.now), Amount: spentOn(w.record.Spent, w.now) + amount}
}

// undo takes back so much of a payment, and gives it back to the day on which it
// was made while that lasts.
func (w *work) undo(p *store.Payment, amount int64) {
	p.Amount -= amount
	if w.record.Spent.Day == day(p.At) {
		w.record.Spent.Amount -= amount
	}
}
