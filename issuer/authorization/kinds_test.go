package authorization_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// today is what was spent on the day of issuertest.Start.
func today(amount, cash int64, count uint32) func(*store.Record) {
	return func(r *store.Record) {
		r.Limits.CashPerDay, r.Limits.Cashback, r.Limits.CountPerDay = 300_00, 100_00, 9
		r.Spent = store.Spent{Day: 20261123, Amount: amount, Cash: cash, Count: count}
	}
}

func typed(code message.ProcessingCode) func(*testing.T, *message.AuthorizationRequest) {
	return func(_ *testing.T, r *message.AuthorizationRequest) { r.ProcessingCode = code }
}

// declines is a check that is declined.
func declines(name string, in issuertest.Insertion, action message.ActionCode, reason, arc string) check {
	return check{name: name, in: in, record: today(0, 0, 0), action: action, reason: reason, arc: arc, arpc: true}
}

// approves is a check that is approved.
func approves(name string, in issuertest.Insertion) check {
	return check{name: name, in: in, record: today(0, 0, 0), arc: "00", arpc: true}
}

func (c check) with(record func(*store.Record)) check { c.record = record; return c }

func (c check) on(config func(*authorization.Config)) check { c.config = config; return c }

// The types of transaction, and the limits.
const needsPIN = "type of transaction needs a PIN"

var kindChecks = []check{
	approves("cash", issuertest.Insertion{Type: message.Cash, Amount: 300_00, Online: right}),
	approves("cash, PIN verified by the card", issuertest.Insertion{Type: message.Cash, Amount: 300_00, Offline: right}),
	declines("cash without a PIN", issuertest.Insertion{Type: message.Cash, Amount: 20_00}, message.ActionPINRequired, needsPIN, "70"),
	declines("cash with a wrong PIN", issuertest.Insertion{Type: message.Cash, Amount: 20_00, Offline: wrong}, message.ActionIncorrectPIN, "chip found the PIN wrong", "55"),
	declines("cash above its limit", issuertest.Insertion{Type: message.Cash, Amount: 300_01, Online: right}, message.ActionExceedsLimit, "cash is above the limit of the day", "61"),
	declines("cash above what is left of its limit", issuertest.Insertion{Type: message.Cash, Amount: 200_01, Online: right}, message.ActionExceedsLimit, "cash is above the limit of the day", "61").with(today(100_00, 100_00, 1)),
	approves("cash up to what is left of its limit", issuertest.Insertion{Type: message.Cash, Amount: 200_00, Online: right}).with(today(100_00, 100_00, 1)),

	approves("cash back", issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 150_00, Cashback: 100_00, Offline: right}),
	declines("cash back above its limit", issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 150_00, Cashback: 100_01, Offline: right}, message.ActionExceedsLimit, "cash back is above its limit", "61"),
	declines("cash back above the limit of cash", issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 150_00, Cashback: 50_01, Offline: right}, message.ActionExceedsLimit, "cash is above the limit of the day", "61").with(today(250_00, 250_00, 1)),
	declines("cash back without a PIN", issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 20_00, Cashback: 10_00}, message.ActionPINRequired, needsPIN, "70"),
	declines("more cash back than amount", issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 20_00, Cashback: 20_01, Offline: right}, message.ActionInvalidTransaction, "chip data differ from the message", "12"),
	declines("other amount of a purchase", issuertest.Insertion{Amount: 20_00, Cashback: 1, Offline: right}, message.ActionInvalidTransaction, "chip data differ from the message", "12"),
	approves("purchase when cash is used up", issuertest.Insertion{Amount: 20_00}).with(today(300_00, 300_00, 1)),

	approves("purchase when more cash was paid out offline", issuertest.Insertion{Amount: 20_00}).with(today(400_00, 400_00, 1)),

	approves("refund without a PIN", issuertest.Insertion{Type: message.Refund, Amount: 400_00}),
	approves("refund when the day is used up", issuertest.Insertion{Type: message.Refund, Amount: 400_00}).with(today(2000_00, 0, 9)),
	declines("refund above the limit of a transaction", issuertest.Insertion{Type: message.Refund, Amount: 500_01}, message.ActionExceedsLimit, "amount is above the limit of a transaction", "61"),

	approves("balance", issuertest.Insertion{Type: message.BalanceInquiry, Online: right}),
	declines("balance without a PIN", issuertest.Insertion{Type: message.BalanceInquiry}, message.ActionPINRequired, needsPIN, "70"),
	declines("balance with an amount", issuertest.Insertion{Type: message.BalanceInquiry, Amount: 1, Offline: right}, message.ActionInvalidAmount, "type of transaction has no amount", "13"),
	declines("PIN change with an amount", issuertest.Insertion{Type: 920000, Amount: 1, Offline: right}, message.ActionInvalidAmount, "type of transaction has no amount", "13"),
	declines("PIN change by a tap", issuertest.Insertion{Type: 920000, Tap: true}, message.ActionNotPermitted, "type of transaction needs the card in the terminal", "57"),
	declines("PIN unblock by a tap", issuertest.Insertion{Type: 910000, Tap: true}, message.ActionNotPermitted, "type of transaction needs the card in the terminal", "57"),
	declines("deposit", issuertest.Insertion{Type: 210000, Amount: 1_00}, message.ActionFunctionNotSupported, "type of transaction is not offered", "40"),

	declines("one payment too many", issuertest.Insertion{Amount: 1_00}, message.ActionExceedsFrequency, "more payments than a day may have", "65").with(today(9_00, 0, 9)),
	approves("the last payment", issuertest.Insertion{Amount: 1_00}).with(today(9_00, 0, 8)),
	approves("payments of yesterday", issuertest.Insertion{Amount: 1_00}).with(func(r *store.Record) {
		today(0, 0, 9)(r)
		r.Spent.Day = 20261122
	}),

	declines("online PIN that did not come", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVROnlinePINEntered)}, message.ActionPINRequired, "terminal took an online PIN that did not come", "70"),
	approves("online PIN that came", issuertest.Insertion{Amount: 10_00, Online: right, TVR: tvr(emv.TVROnlinePINEntered)}),
	declines("online PIN that did not come, and DDA failed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVROnlinePINEntered).Union(tvr(emv.TVRDDAFailed))},
		message.ActionPINRequired, "terminal took an online PIN that did not come", "70").on(strict),
	approves("tap after an online PIN that did not come", issuertest.Insertion{Amount: 10_00, Tap: true, TVR: tvr(emv.TVROnlinePINEntered)}),
	approves("data authentication failed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVRDDAFailed)}),
	declines("SDA failed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVRSDAFailed)}, message.ActionDoNotHonour, failedODA, "05").on(strict),
	declines("DDA failed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVRDDAFailed)}, message.ActionDoNotHonour, failedODA, "05").on(strict),
	declines("CDA failed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVRCDAFailed)}, message.ActionDoNotHonour, failedODA, "05").on(strict),
	approves("data authentication not performed", issuertest.Insertion{Amount: 10_00, TVR: tvr(emv.TVROfflineDataAuthenticationNotPerformed)}).on(strict),
}

const failedODA = "offline data authentication failed"

func strict(c *authorization.Config) {
	c.Risk.DataAuthenticationFailed, c.Risk.NumberRepeated = authorization.Decline, authorization.Decline
}

func tvr(b emv.Bit[emv.TVR]) (t emv.TVR) { t.Set(b); return t }

// TestKinds: types of transaction, their limits, and what is suspicious.
func TestKinds(t *testing.T) {
	for _, c := range kindChecks {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

// TestKindsWithoutTheCard: of the types, an order can be a purchase or a refund.
func TestKindsWithoutTheCard(t *testing.T) {
	for code, action := range map[message.ProcessingCode]message.ActionCode{
		message.Purchase: message.ActionApproved, message.Refund: message.ActionApproved,
		message.Cash: message.ActionNotPermitted, message.PurchaseWithCashback: message.ActionNotPermitted,
		message.BalanceInquiry: message.ActionNotPermitted, 910000: message.ActionNotPermitted, 920000: message.ActionNotPermitted,
	} {
		h := newHost(t)
		card := h.NewCard(t)
		order := card.Order(t, 10_00)
		typed(code)(t, order)
		assert.Equal(t, action, h.ask(t, order).ActionCode, code)
	}
	for code, action := range map[message.ProcessingCode]message.ActionCode{
		message.Cash: message.ActionApproved, message.PurchaseWithCashback: message.ActionNotPermitted, 920000: message.ActionNotPermitted,
	} {
		h := newHost(t)
		card := h.NewCard(t)
		h.Personalise(t, card, right)
		swipe := card.Swipe(t, 10_00)
		card.EnterPIN(t, swipe, right, false)
		typed(code)(t, swipe)
		assert.Equal(t, action, h.ask(t, swipe).ActionCode, "stripe, %s", code)
	}
}

// TestBalance: what is left of the day's limit, and nothing where it is not told.
func TestBalance(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	inquiry := issuertest.Insertion{Type: message.BalanceInquiry, Offline: right}
	_, _, _ = h.insert(t, card, issuertest.Insertion{Amount: 30_00, Offline: right})
	_, answer, _ := h.insert(t, card, inquiry)
	assert.Equal(t, []message.AdditionalAmount{{AmountType: message.AvailableBalance, Currency: 978, Amount: 1970_00}}, answer.Amounts)
	assert.EqualValues(t, 1, h.Record(t, card.Ref).Spent.Count, "an inquiry is no payment")

	_, answer, _ = h.insert(t, card, issuertest.Insertion{Amount: 1_00})
	assert.Empty(t, answer.Amounts, "of a purchase")
	_, answer, _ = h.insert(t, card, issuertest.Insertion{Type: message.BalanceInquiry, Offline: wrong})
	assert.Empty(t, answer.Amounts, "of an inquiry with a wrong PIN")
	h.Change(t, card.Ref, func(r *store.Record) { r.Spent.Amount = 2500_00 })
	_, answer, _ = h.insert(t, card, inquiry)
	assert.Zero(t, answer.Amounts[0].Amount, "more was spent offline")
	h.Change(t, card.Ref, func(r *store.Record) { r.Limits.PerDay, r.Limits.Currency = 1<<50, 0 })
	_, answer, _ = h.insert(t, card, inquiry)
	assert.Equal(t, []message.AdditionalAmount{{AmountType: message.AvailableBalance, Currency: 978, Amount: 999_999_999_999}}, answer.Amounts, "no currency of its own, and more than there is room for")
	h.Change(t, card.Ref, func(r *store.Record) { r.Limits.PerDay = 0 })
	_, answer, _ = h.insert(t, card, inquiry)
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	assert.Empty(t, answer.Amounts, "without a limit")
}

// TestCashIsCounted, and given back by reversals: that of a part keeps the cash as
// long as the rest covers it.
func TestCashIsCounted(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	a := card.Begin(t, issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 150_00, Cashback: 100_00, Offline: right})
	assert.Equal(t, message.ActionApproved, h.ask(t, a.Request).ActionCode)
	spent := func() store.Spent { return h.Record(t, card.Ref).Spent }
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 150_00, Cash: 100_00, Count: 1}, spent())
	partly := func(left uint64) {
		m := card.Reversal(a.Request)
		m.FunctionCode, m.Amount = message.PartialReversal, left
		h.tell(t, m)
	}
	partly(120_00)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 120_00, Cash: 100_00, Count: 1}, spent())
	partly(60_00)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 60_00, Cash: 60_00, Count: 1}, spent())
	partly(70_00)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 60_00, Cash: 60_00, Count: 1}, spent(), "a part that is more than is left")
	h.ask(t, card.Order(t, 1_00))
	partly(0)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 1_00, Count: 1}, spent(), "nothing of it is left")
	h.tell(t, card.Reversal(a.Request))
	h.tell(t, card.Reversal(a.Request))
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 1_00, Count: 1}, spent(), "counted once")
	lines := h.Journal(t, card.Ref)
	assert.Contains(t, lines[len(lines)-2], `"reason":"reversed"`)
	assert.Contains(t, lines[len(lines)-1], `"reason":"reversed before"`)
}

// TestReversalOfAPaymentThatWasNotCounted: a row that was written before payments were
// counted has none to take back.
func TestReversalOfAPaymentThatWasNotCounted(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.ask(t, order)
	h.Change(t, card.Ref, func(r *store.Record) { r.Spent.Count = 0 })
	h.tell(t, card.Reversal(order))
	assert.Equal(t, store.Spent{Day: 20261123}, h.Record(t, card.Ref).Spent)
}

// TestMoreCashThanAmount: an offline purchase whose chip says so is booked as cash in
// full, and acknowledged: its terminal must not send it for ever.
func TestMoreCashThanAmount(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	a := card.Begin(t, issuertest.Insertion{Type: message.PurchaseWithCashback, Amount: 10_00, Cashback: 20_00})
	h.tell(t, &message.Advice{Header: h.Header(), Transaction: a.Request.Transaction})
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 10_00, Cash: 10_00, Count: 1}, h.Record(t, card.Ref).Spent)
}

// TestRefund: it is noted, spends nothing, and is reversed without giving anything.
func TestRefund(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.ask(t, card.Order(t, 5_00))
	refund := card.Order(t, 30_00)
	refund.ProcessingCode = message.Refund
	assert.Equal(t, message.ActionApproved, h.ask(t, refund).ActionCode)
	record := h.Record(t, card.Ref)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 5_00, Count: 1}, record.Spent)
	assert.True(t, record.Payments[1].Refund)
	assert.Contains(t, h.last(t, card), `"type":"refund"`)
	h.tell(t, card.Reversal(refund))
	lines := h.Journal(t, card.Ref)
	assert.Regexp(t, `^reversal: .*"type":"refund"`, lines[len(lines)-1])
	assert.NotContains(t, lines[0], `"type"`, "a purchase")
	record = h.Record(t, card.Ref)
	assert.Equal(t, store.Spent{Day: 20261123, Amount: 5_00, Count: 1}, record.Spent)
	assert.True(t, record.Payments[1].Reversed)
	assert.Zero(t, record.Payments[1].Amount)
}
