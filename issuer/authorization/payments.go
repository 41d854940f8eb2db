package authorization

import (
	"time"

	"github.com/f510b0cf/till/emv/cryptogram"
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
func (d *decision) book() { d.post(d.key, d.input()) }

// post notes a payment, once for each key, and adds it to what was spent today. A
// refund is a payment that spends nothing.
func (w *work) post(key store.Key, in *cryptogram.Input) {
	amount := int64(w.transaction.Amount)
	if amount == 0 || w.record.Payment(key) != nil {
		return
	}
	p := store.Payment{
		Key: key, ATC: uint16(in.ATC), Currency: w.transaction.Currency, Amount: amount, At: w.now.Truncate(time.Second),
		Cash: cashOf(w.transaction, in), Refund: kinds[w.transaction.ProcessingCode.Type()].refund,
	}
	w.record.AddPayment(p)
	if !w.counts(&p) {
		return
	}
	spent := spentOn(w.record.Spent, w.now)
	spent.Amount, spent.Cash, spent.Count = spent.Amount+amount, spent.Cash+p.Cash, spent.Count+1
	w.record.Spent = spent
}

// counts reports whether a payment counts for the limits: a refund does not, nor what is
// in another currency than theirs, such as what a terminal approved offline abroad.
func (w *work) counts(p *store.Payment) bool {
	limits := w.record.Limits.Currency
	return !p.Refund && (limits == 0 || p.Currency == limits)
}

// undo takes back so much of a payment, its cash last, and gives it back to the day
// on which it was made while that lasts.
func (w *work) undo(p *store.Payment, amount int64) {
	cash := max(0, p.Cash-(p.Amount-amount))
	p.Amount, p.Cash = p.Amount-amount, p.Cash-cash
	if spent := &w.record.Spent; w.counts(p) && spent.Day == day(p.At) {
		spent.Amount, spent.Cash = spent.Amount-amount, spent.Cash-cash
		if p.Amount == 0 && amount > 0 && spent.Count > 0 { // rows of old have no count
			spent.Count--
		}
	}
}
