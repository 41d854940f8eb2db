package checkout

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/profile"
)

// action is what a merchant does at a terminal.
type action func(context.Context, *terminal.Terminal) (*terminal.Receipt, error)

// The values of --type.
const (
	typePurchase   = "purchase"
	typeCash       = "cash"
	typeRefund     = "refund"
	typeBalance    = "balance"
	typePINChange  = "pin-change"
	typePINUnblock = "pin-unblock"
)

// kind is what the transaction is for, as far as an offer tells kinds apart.
func (c *Command) kind() emv.TransactionKind {
	if c.Type == typePurchase && c.Cashback != "" {
		return emv.PurchaseWithCashback
	}
	return map[string]emv.TransactionKind{
		typePurchase: emv.Purchase, typeCash: emv.ManualCash, typeRefund: emv.Refund,
		typeBalance: emv.BalanceInquiry, typePINChange: emv.PINChange, typePINUnblock: emv.PINUnblock,
	}[c.Type]
}

// action reads what is wanted from the command line.
func (c *Command) action(p profile.Profile) (action, error) {
	if err := p.CheckOffer(c.kind()); err != nil {
		return nil, fmt.Errorf("--type %s: %w", c.Type, err)
	}
	if c.ForceOnline && c.kind() != emv.Purchase {
		return nil, errors.New("--force-online goes with a purchase without cashback")
	}
	switch c.Type {
	case typeBalance, typePINChange, typePINUnblock:
		return c.withoutAmount()
	}
	amount, err := profile.ParseAmount(c.Amount, p.CurrencyExponent)
	if err != nil {
		return nil, fmt.Errorf("--amount: %w", err)
	}
	if c.Cashback != "" {
		return c.withCashback(p, amount)
	}
	if c.ForceOnline {
		return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
			return t.PurchaseOnline(ctx, amount)
		}, nil
	}
	do := map[string]func(*terminal.Terminal, context.Context, uint64) (*terminal.Receipt, error){
		typePurchase: (*terminal.Terminal).Purchase, typeCash: (*terminal.Terminal).Cash, typeRefund: (*terminal.Terminal).Refund,
	}[c.Type]
	return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return do(t, ctx, amount) }, nil
}

func (c *Command) withoutAmount() (action, error) {
	if c.Amount != "" || c.Cashback != "" {
		return nil, fmt.Errorf("--type %s has no amount: leave --amount and --cashback out", c.Type)
	}
	do := map[string]func(*terminal.Terminal, context.Context) (*terminal.Receipt, error){
		typeBalance: (*terminal.Terminal).BalanceInquiry, typePINChange: (*terminal.Terminal).ChangePIN, typePINUnblock: (*terminal.Terminal).UnblockPIN,
	}[c.Type]
	return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return do(t, ctx) }, nil
}

func (c *Command) withCashback(p profile.Profile, amount uint64) (action, error) {
	if c.Type != typePurchase {
		return nil, errors.New("--cashback goes with a purchase")
	}
	cashback, err := profile.ParseAmount(c.Cashback, p.CurrencyExponent)
	if err != nil || cashback == 0 {
		return nil, fmt.Errorf("--cashback: want an amount such as %s", profile.FormatAmount(2000, p.CurrencyExponent))
	}
	return func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
		return t.PurchaseWithCashback(ctx, amount, cashback)
	}, nil
}
