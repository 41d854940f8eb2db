package authorization

import (
	"time"

	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// limits compares the amount with what the card may spend. A request without an
// amount, such as one to fetch a PIN, spends nothing.
func (d *decision) limits() reason {
	l, amount := d.record.Limits, int64(d.request.Amount)
	switch {
	case amount == 0:
		return approved
	case l.Currency != 0 && l.Currency != d.request.Currency:
		return otherCurrency
	case l.PerTransaction != 0 && amount > l.PerTransaction:
		return aboveTransactionLimit
	case l.PerDay != 0 && amount > l.PerDay-spentOn(d.record.Spent, d.now):
		return aboveDayLimit
	case l.NoPIN != 0 && amount > l.NoPIN && !d.pinGiven() && d.channel != pinlife.Order:
		return pinRequired
	}
	return approved
}

// pinGiven reports whether there is a PIN: one that the chip found right, or DE 52,
// which the PIN life cycle judges.
func (d *decision) pinGiven() bool {
	return d.hasPINBlock() || d.cvr.OfflinePINGood()
}

// day returns the day of the limits, as YYYYMMDD in UTC.
func day(t time.Time) uint32 {
	year, month, day := t.UTC().Date()
	return uint32(year*10000 + int(month)*100 + day)
}

// spentOn returns what was spent on the day of t.
func spentOn(s store.Spent, t time.Time) int64 {
	if s.Day != day(t) {
		return 0
	}
	return s.Amount
}
