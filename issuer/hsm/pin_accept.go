package hsm

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// PINDigits is how many digits a holder's PIN has. Cards that others personalised
// may have longer ones.
const PINDigits = 4

// AcceptedPIN is a PIN that a holder chose, sealed.
type AcceptedPIN struct {
	PIN    SealedPIN
	Equals []pinlife.Generation // those of the live ones that have the same digits
}

// AcceptPIN seals the digits that a holder chose.
func (s *Software) AcceptPIN(c Card, g pinlife.Generation, digits secret.Value, live []SealedPIN, personal ...secret.Value) (AcceptedPIN, error) {
	p, err := parsePIN(digits)
	if err != nil {
		return AcceptedPIN{}, fmt.Errorf("accept PIN: %w", err)
	}
	if pin.Weak(p, slices.Concat(personal, []secret.Value{pin.LastFour(c.PAN)})...) {
		return AcceptedPIN{}, fmt.Errorf("accept PIN: %w", ErrWeakPIN)
	}
	equals, err := s.equal(c, p, live)
	if err != nil {
		return AcceptedPIN{}, fmt.Errorf("accept PIN: %w", err)
	}
	sealed, err := s.SealPIN(c, g, p)
	return AcceptedPIN{PIN: sealed, Equals: equals}, err
}

// parsePIN reads the digits of a holder's PIN.
func parsePIN(digits secret.Value) (p pin.PIN, err error) {
	digits.Open(func(clear []byte) { p, err = pin.Parse(clear) })
	if err != nil || p.Len() != PINDigits {
		return pin.PIN{}, ErrPINForm
	}
	return p, nil
}
