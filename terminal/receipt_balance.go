package terminal

import (
	"fmt"

	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// balances are what the issuer says of the account, where the transaction stands.
func (r *Receipt) balances() []kernel.Balance {
	if !r.Result.Outcome.Approved() {
		return nil
	}
	return r.Result.Balances
}

// balanceLines are the balances with their labels.
func (r *Receipt) balanceLines() [][2]string {
	var lines [][2]string
	for _, b := range r.balances() {
		label := b.Kind.String()
		if b.AccountType != 0 {
			label += ", " + accountText(b.AccountType)
		}
		amount, exact := r.balanceAmount(b)
		text := amount + " " + profile.FormatCurrency(b.Currency)
		if !exact {
			text += " in its smallest unit"
		}
		lines = append(lines, [2]string{label, text})
	}
	return lines
}

// balanceAmount returns the amount in major units, a debit with a minus before it. Of
// a currency whose exponent is not known it is in the smallest unit, and exact is
// false.
func (r *Receipt) balanceAmount(b kernel.Balance) (text string, exact bool) {
	exponent, exact := r.Exponent, true
	if b.Currency != r.Currency {
		exponent, exact = profile.ExponentOf(b.Currency)
	}
	if b.Amount < 0 {
		return "-" + profile.FormatAmount(uint64(-b.Amount), exponent), exact
	}
	return profile.FormatAmount(uint64(b.Amount), exponent), exact
}

// accountText names a type of account. ISO 8583, DE 3, from memory.
func accountText(accountType uint8) string {
	switch accountType {
	case 10:
		return "savings account"
	case 20:
		return "cheque account"
	case 30:
		return "credit account"
	}
	return fmt.Sprintf("account type %02d", accountType)
}

// balanceJSON is a balance as machines read it.
type balanceJSON struct {
	Type     string `json:"type"`
	Account  string `json:"account"` // two digits, 00 is the default account
	Amount   string `json:"amount"`  // in major units, a debit with a minus
	Currency string `json:"currency"`
	// SmallestUnit says that Amount is in that: the currency's exponent is not known.
	SmallestUnit bool `json:"smallest_unit,omitempty"`
}

func (r *Receipt) balancesJSON() []balanceJSON {
	var all []balanceJSON
	for _, b := range r.balances() {
		amount, exact := r.balanceAmount(b)
		all = append(all, balanceJSON{
			Type: b.Kind.String(), Account: fmt.Sprintf("%02d", b.AccountType), Amount: amount, Currency: fmt.Sprintf("%03d", b.Currency), SmallestUnit: !exact,
		})
	}
	return all
}
