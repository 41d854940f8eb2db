package pin

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// DigitsMin and DigitsMax bound the length of a PIN in digits. ISO 9564-1.
const (
	DigitsMin = 4
	DigitsMax = 12
)

// PIN is a personal identification number of 4 to 12 digits. The zero PIN is
// none.
type PIN struct {
	secret.Opaque
	digits secret.Value
}

// Parse reads a PIN from its decimal digits (ASCII). The error wraps
// emv.ErrMalformed.
func Parse(digits []byte) (PIN, error) {
	if len(digits) < DigitsMin || len(digits) > DigitsMax {
		return PIN{}, fmt.Errorf("parse PIN: %d characters, want %d to %d digits: %w", len(digits), DigitsMin, DigitsMax, emv.ErrMalformed)
	}
	if !emv.Decimal(digits) {
		return PIN{}, fmt.Errorf("parse PIN: a character that is no decimal digit: %w", emv.ErrMalformed)
	}
	return PIN{digits: secret.New(digits)}, nil
}

// Open calls use with a copy of the decimal digits (ASCII) and wipes it when
// use returns.
func (p PIN) Open(use func(digits []byte)) { p.digits.Open(use) }

// IsZero reports whether p is no PIN.
func (p PIN) IsZero() bool { return p.digits.IsZero() }

// Len returns the number of digits.
func (p PIN) Len() int { return p.digits.Len() }

// Equal compares two PINs in time that depends on their lengths alone.
func (p PIN) Equal(o PIN) bool { return p.digits.Equal(o.digits) }
