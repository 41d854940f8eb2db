package terminal

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// Purchase is a purchase of goods or services.
func (t *Terminal) Purchase(ctx context.Context, amount uint64) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.Purchase, Amount: amount})
}

// PurchaseOnline is a purchase that the merchant wants to be looked at online,
// whatever the amount. EMV Book 3, 10.6.
func (t *Terminal) PurchaseOnline(ctx context.Context, amount uint64) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.Purchase, Amount: amount, ForceOnline: true})
}

// PurchaseWithCashback is a purchase for amount at which cashback is paid out in
// cash beside it. What is authorised is the sum of both.
func (t *Terminal) PurchaseWithCashback(ctx context.Context, amount, cashback uint64) (*Receipt, error) {
	if cashback == 0 {
		return nil, errors.New("purchase with cashback: no cashback: that is a purchase")
	}
	total := amount + cashback
	if total < amount {
		return nil, errors.New("purchase with cashback: amounts too large")
	}
	return t.serve(ctx, kernel.Transaction{Kind: emv.PurchaseWithCashback, Amount: total, OtherAmount: cashback})
}

// Cash pays out cash: by the machine where the terminal is unattended, by staff
// otherwise.
func (t *Terminal) Cash(ctx context.Context, amount uint64) (*Receipt, error) {
	kind := emv.UnattendedCash
	if t.config.Profile.Type.Attended() {
		kind = emv.ManualCash
	}
	return t.serve(ctx, kernel.Transaction{Kind: kind, Amount: amount})
}

// Refund pays an amount back to the account. The card goes through the same
// transaction as for a purchase.
func (t *Terminal) Refund(ctx context.Context, amount uint64) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.Refund, Amount: amount})
}

// BalanceInquiry asks the issuer what there is to spend.
func (t *Terminal) BalanceInquiry(ctx context.Context) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.BalanceInquiry})
}

// ChangePIN goes online, without an amount, for the script that brings a changed
// PIN to the card.
func (t *Terminal) ChangePIN(ctx context.Context) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.PINChange})
}

// UnblockPIN goes online, without an amount, for the script that gives the card
// its PIN tries back.
func (t *Terminal) UnblockPIN(ctx context.Context) (*Receipt, error) {
	return t.serve(ctx, kernel.Transaction{Kind: emv.PINUnblock})
}
