package message

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// ElementError says which data element of a message is wrong, and how. It wraps
// emv.ErrMalformed and holds no data.
type ElementError struct {
	Element int    // number of the data element; 0 is the MTI, 1 the bitmap
	Name    string // of the element, empty where the dialect has none
	Cause   error
}

// Error says which element is wrong and how.
func (e *ElementError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("DE %d: %v", e.Element, e.Cause)
	}
	return fmt.Sprintf("DE %d, %s: %v", e.Element, e.Name, e.Cause)
}

// Unwrap returns the cause.
func (e *ElementError) Unwrap() error { return e.Cause }

// fault is a cause in words that hold no data.
type fault string

// Error returns the words and the class.
func (f fault) Error() string { return string(f) + ": " + string(emv.ErrMalformed) }

// Unwrap returns the class.
func (fault) Unwrap() error { return emv.ErrMalformed }

// faultOf finds a fault below the words of others, which might hold data.
func faultOf(err error) fault {
	var f fault
	if errors.As(err, &f) {
		return f
	}
	return "can not be read"
}
