package script

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// Refusal is why a card does not carry out a script command. It wraps an
// emv.Failure.
type Refusal struct {
	SW    apdu.SW // what the card answers
	cause error
}

// Error returns the cause in words.
func (r *Refusal) Error() string { return r.cause.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.cause }

// refuse returns a Refusal with a text that ends in the class of failure.
func refuse(sw apdu.SW, class emv.Failure, format string, args ...any) error {
	return &Refusal{SW: sw, cause: fmt.Errorf("open script command: %s: %w", fmt.Sprintf(format, args...), class)}
}

// Refuse returns a Refusal for a card that finds more to refuse than package
// script looks at: a status word, a text and its class of failure.
func Refuse(sw apdu.SW, class emv.Failure, format string, args ...any) error {
	return refuse(sw, class, format, args...)
}
