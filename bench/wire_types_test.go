package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// spending gives the card limits: 100.00 a day, of it 30.00 in cash, 20.00 with a
// purchase, and five payments.
func spending(w *wire) {
	w.cashback = true
	w.limits = store.Limits{Currency: 840, PerDay: 100_00, NoPIN: 20_00, CashPerDay: 30_00, Cashback: 10_00, CountPerDay: 5}
}

// answer returns the issuer's last answer to a request.
func (w *wire) answer() *message.AuthorizationResponse {
	w.t.Helper()
	m, err := message.ISO93().Unpack(w.first.line.last(message.KindAuthorizationResponse))
	require.NoError(w.t, err)
	return m.(*message.AuthorizationResponse)
}

// balance asks for it with the PIN.
func (w *wire) balance() int64 {
	w.t.Helper()
	result := w.purchase(insertion{pins: []string{oldPIN}, kind: emv.BalanceInquiry})
	require.Equal(w.t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	amounts := w.answer().Amounts
	require.Len(w.t, amounts, 1)
	assert.Equal(w.t, uint16(840), amounts[0].Currency)
	assert.Equal(w.t, []kernel.Balance{{Kind: kernel.AvailableBalance, Currency: 840, Amount: amounts[0].Amount}}, result.Balances)
	return amounts[0].Amount
}

// machine is the kernel of the cash machine.
func machine(t *testing.T) *kernel.Kernel {
	t.Helper()
	p, err := profile.Named("cash-machine")
	require.NoError(t, err)
	k, err := kernel.New(kernel.Config{Profile: p})
	require.NoError(t, err)
	return k
}

// TestWireTypes takes a card through all types of transaction, over TCP, and looks at
// what is left of its day after each.
func TestWireTypes(t *testing.T) {
	w := newWire(t, "amex-pin", spending)
	pin := []string{oldPIN}
	assert.EqualValues(t, 100_00, w.balance())
	buy := func(in insertion, action message.ActionCode, left int64) {
		t.Helper()
		result := w.purchase(in)
		assert.Equal(t, action, w.answer().ActionCode)
		assert.Equal(t, action.Approves(), result.Outcome.Approved(), result.Reason)
		w.first.drained()
		assert.Equal(t, left, w.balance())
	}
	buy(insertion{pins: pin}, message.ActionApproved, 87_66)
	buy(insertion{pins: pin, kind: emv.UnattendedCash, till: machine(t)}, message.ActionApproved, 75_32)
	buy(insertion{pins: pin, kind: emv.ManualCash}, message.ActionApproved, 62_98)
	buy(insertion{pins: pin, kind: emv.ManualCash}, message.ActionExceedsLimit, 62_98)
	buy(insertion{pins: pin, kind: emv.PurchaseWithCashback, other: 5_00}, message.ActionApproved, 50_64)
	buy(insertion{pins: pin, kind: emv.PurchaseWithCashback, other: 10_01}, message.ActionExceedsLimit, 50_64)
	buy(insertion{pins: pin, kind: emv.Refund}, message.ActionApproved, 50_64)
	buy(insertion{tap: true}, message.ActionApproved, 38_30)
	buy(insertion{pins: pin}, message.ActionExceedsFrequency, 38_30)
	buy(insertion{kind: emv.PurchaseWithCashback, pins: []string{bypassed}, other: 5_00}, message.ActionPINRequired, 38_30)

	record, _ := w.records()
	assert.Equal(t, store.Spent{Day: record.Spent.Day, Amount: 61_70, Cash: 29_68, Count: 5}, record.Spent)
	assert.Len(t, record.Payments, 6)
}
