package reader

import (
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal/guard"
)

// Consent is what somebody allows with a card that is not till's.
type Consent struct {
	UsePINOnCard lastFour `name:"use-pin-on-card" placeholder:"LAST4" json:"-" help:"Use a PIN on the card whose number ends with these four digits though it is not one of till's: never its last try. A wrong PIN costs a try of a real card."`
}

// lastFour are the last digits of an account number.
type lastFour string

// lastDigits is how many digits name a card.
const lastDigits = 4

// UnmarshalText reads four digits.
func (l *lastFour) UnmarshalText(text []byte) error {
	if len(text) != lastDigits {
		return cli.Complaint("want the last four digits of the number of the card")
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return cli.Complaint("want the last four digits of the number of the card")
		}
	}
	*l = lastFour(text)
	return nil
}

// Policy returns what may be done to the cards of a reader.
func (c Consent) Policy(r *Reader) guard.Policy {
	return guard.Policy{EmulatedCardsOnly: r.emulated, UsePINOnCard: string(c.UsePINOnCard)}
}
