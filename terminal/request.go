package terminal

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Type is what a card is for, in the words of commands and requests.
type Type string

// The types.
const (
	TypePurchase   Type = "purchase"
	TypeCash       Type = "cash"
	TypeRefund     Type = "refund"
	TypeBalance    Type = "balance"
	TypePINChange  Type = "pin-change"
	TypePINUnblock Type = "pin-unblock"
)

// Request is what a merchant asks of a terminal. Amounts are in the smallest unit of
// its currency.
type Request struct {
	Type        Type   `json:"type"`
	Amount      uint64 `json:"amount,omitempty"`   // without the cashback
	Cashback    uint64 `json:"cashback,omitempty"` // goes with a purchase
	ForceOnline bool   `json:"force_online,omitempty"`
}

// Kind is what the transaction is for, as far as an offer tells kinds apart.
func (r Request) Kind() emv.TransactionKind {
	if r.Type == TypePurchase && r.Cashback > 0 {
		return emv.PurchaseWithCashback
	}
	return map[Type]emv.TransactionKind{
		TypePurchase: emv.Purchase, TypeCash: emv.ManualCash, TypeRefund: emv.Refund,
		TypeBalance: emv.BalanceInquiry, TypePINChange: emv.PINChange, TypePINUnblock: emv.PINUnblock,
	}[r.Type]
}

// Do does what a merchant asks for.
func (t *Terminal) Do(ctx context.Context, r Request) (*Receipt, error) {
	switch r.Type {
	case TypePurchase:
		return t.purchase(ctx, r)
	case TypeCash:
		return t.Cash(ctx, r.Amount)
	case TypeRefund:
		return t.Refund(ctx, r.Amount)
	case TypeBalance:
		return t.BalanceInquiry(ctx)
	case TypePINChange:
		return t.ChangePIN(ctx)
	case TypePINUnblock:
		return t.UnblockPIN(ctx)
	}
	return nil, fmt.Errorf("do what the merchant asks for: there is no type %q", r.Type)
}

func (t *Terminal) purchase(ctx context.Context, r Request) (*Receipt, error) {
	switch {
	case r.Cashback > 0:
		return t.PurchaseWithCashback(ctx, r.Amount, r.Cashback)
	case r.ForceOnline:
		return t.PurchaseOnline(ctx, r.Amount)
	}
	return t.Purchase(ctx, r.Amount)
}
