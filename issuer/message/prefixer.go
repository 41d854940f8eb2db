package message

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// fixed is the prefixer of elements that have a fixed length.
type fixed struct{}

// EncodeLength writes nothing.
func (fixed) EncodeLength(length, n int) ([]byte, error) {
	if n != length {
		return nil, fault(fmt.Sprintf("length %d, want %d", n, length))
	}
	return nil, nil
}

// DecodeLength reads nothing.
func (fixed) DecodeLength(length int, _ []byte) (int, int, error) { return length, 0, nil }

// Inspect names the prefixer as the library's specifications do.
func (fixed) Inspect() string { return "Fixed" }

// variable is the prefixer of elements with so many digits of length before
// them. The library's own makes a BCD codec for each length.
type variable struct {
	digits int
	code   code
	unit   int // what a byte or character counts
}

// EncodeLength writes the length n of a value of at most max.
func (p variable) EncodeLength(max, n int) ([]byte, error) {
	if n > max {
		return nil, fault(fmt.Sprintf("length %d, at most %d", n, max))
	}
	return p.code.Encode(appendDigits(make([]byte, 0, p.digits), uint64(n*p.unit), p.digits))
}

// DecodeLength reads a length, which is at most max.
func (p variable) DecodeLength(max int, b []byte) (n, read int, err error) {
	digits, read, err := p.code.Decode(b, p.digits)
	if err != nil {
		return 0, 0, fault("length runs past the end of the message")
	}
	if !emv.Decimal(digits) {
		return 0, 0, fault("length that is not decimal")
	}
	n = int(parseDigits(digits))
	if n%p.unit != 0 {
		return 0, 0, fault("length that is half a byte")
	}
	n /= p.unit
	if n > max {
		return 0, 0, fault(fmt.Sprintf("length %d, at most %d", n, max))
	}
	return n, read, nil
}

// Inspect names the prefixer as the library's specifications do.
func (p variable) Inspect() string { return "LLLLLL"[:p.digits] }
