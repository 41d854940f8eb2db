package authorization

import (
	"time"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// limits compares the request with what the card may spend. One without an amount,
// such as one to fetch a PIN, spends nothing, and a refund nothing of a day.
func (d *decision) limits() reason {
	l, k, amount := d.record.Limits, kinds[d.request.ProcessingCode.Type()], int64(d.request.Amount)
	switch {
	case k.needsPIN && !d.pinGiven():
		return cashNeedsPIN
	case amount == 0:
		return approved
	case l.Currency != 0 && l.Currency != d.request.Currency:
		return otherCurrency
	case l.PerTransaction != 0 && amount > l.PerTransaction:
		return aboveTransactionLimit
	case k.refund:
		return approved
	case l.NoPIN != 0 && amount > l.NoPIN && !d.pinGiven() && d.channel != pinlife.Order:
		return pinRequired
	}
	return d.limitsOfTheDay(amount, cashOf(&d.request.Transaction, d.input()))
}

// limitsOfTheDay compares a payment, and the cash in it, with what was spent today.
func (d *decision) limitsOfTheDay(amount, cash int64) reason {
	l, spent := d.record.Limits, spentOn(d.record.Spent, d.now)
	switch {
	case l.PerDay != 0 && amount > l.PerDay-spent.Amount:
		return aboveDayLimit
	case l.CountPerDay != 0 && spent.Count >= l.CountPerDay:
		return tooManyPayments
	case l.CashPerDay != 0 && cash > 0 && cash > l.CashPerDay-spent.Cash:
		return aboveCashLimit
	case l.Cashback != 0 && cash > l.Cashback && !kinds[d.request.ProcessingCode.Type()].cash:
		return aboveCashbackLimit
	}
	return approved
}

// pinGiven reports whether there is a PIN: one that the chip found right, or DE 52,
// which the PIN life cycle judges.
func (d *decision) pinGiven() bool {
	return d.hasPINBlock() || d.cvr.OfflinePINGood()
}

// balances returns what an approved balance inquiry tells: what is left of the limit
// of the day. A card without one has no balance.
func (d *decision) balances() []message.AdditionalAmount {
	l := d.record.Limits
	if d.reason != approved || d.request.ProcessingCode.Type() != message.BalanceInquiry || l.PerDay == 0 {
		return nil
	}
	currency := l.Currency
	if currency == 0 {
		currency = d.request.Currency
	}
	left := max(0, l.PerDay-spentOn(d.record.Spent, d.now).Amount)
	return []message.AdditionalAmount{{AmountType: message.AvailableBalance, Currency: currency, Amount: min(left, balanceMax)}}
}

// balanceMax is the largest amount that DE 54 has room for.
const balanceMax = 999_999_999_999

// day returns the day of the limits, as YYYYMMDD in UTC.
func day(t time.Time) uint32 {
	year, month, day := t.UTC().Date()
	return uint32(year*10000 + int(month)*100 + day)
}

// clockStep is how far a clock that is set back keeps the day that had begun.
const clockStep = 24 * time.Hour

// spentOn returns what was spent on the day of t. Where the clock was set back over
// midnight, the day that had begun goes on: else it would begin a second time.
func spentOn(s store.Spent, t time.Time) store.Spent {
	if today := day(t); s.Day < today || s.Day > day(t.Add(clockStep)) {
		return store.Spent{Day: today}
	}
	return s
}
