package checkout

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/profile"
)

// request reads what is wanted from the command line.
func (c *Command) request(p profile.Profile) (terminal.Request, error) {
	r := terminal.Request{Type: terminal.Type(c.Type), ForceOnline: c.ForceOnline}
	if err := c.amounts(&r, p); err != nil {
		return r, err
	}
	if err := p.CheckOffer(r.Kind()); err != nil {
		return r, fmt.Errorf("--type %s: %w", c.Type, err)
	}
	if c.ForceOnline && r.Kind() != emv.Purchase {
		return r, errors.New("--force-online goes with a purchase without cashback")
	}
	return r, nil
}

// amounts reads the amounts.
func (c *Command) amounts(r *terminal.Request, p profile.Profile) (err error) {
	if r.Kind().IssuerOnly() {
		if c.Amount != "" || c.Cashback != "" {
			return fmt.Errorf("--type %s has no amount: leave --amount and --cashback out", c.Type)
		}
		return nil
	}
	if r.Amount, err = profile.ParseAmount(c.Amount, p.CurrencyExponent); err != nil {
		return fmt.Errorf("--amount: %w", err)
	}
	if c.Cashback == "" {
		return nil
	}
	if r.Type != terminal.TypePurchase {
		return errors.New("--cashback goes with a purchase")
	}
	if r.Cashback, err = profile.ParseAmount(c.Cashback, p.CurrencyExponent); err != nil || r.Cashback == 0 {
		return fmt.Errorf("--cashback: want an amount such as %s", profile.FormatAmount(2000, p.CurrencyExponent))
	}
	return nil
}
