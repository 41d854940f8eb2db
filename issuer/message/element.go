package message

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// format is the set of characters that a data element may have. ISO 8583.
type format uint8

const (
	formatN   format = iota + 1 // decimal digits
	formatAN                    // letters, digits and spaces
	formatANS                   // printable characters
	formatZ                     // track 2: digits, and "=" or D between them
	formatB                     // bytes
)

var formatNames = [...]string{formatN: "n", formatAN: "an", formatANS: "ans", formatZ: "z", formatB: "b"}

// String returns the letters that ISO 8583 has for the format.
func (f format) String() string { return formatNames[f] }

// allows reports whether every character is of the format.
func (f format) allows(value []byte) bool {
	switch f {
	case formatN:
		return emv.Decimal(value)
	case formatB:
		return true
	}
	for _, c := range value {
		if !f.allowsCharacter(c) {
			return false
		}
	}
	return true
}

func (f format) allowsCharacter(c byte) bool {
	digit := c >= '0' && c <= '9'
	switch f {
	case formatZ:
		return digit || c == '=' || c == 'D'
	case formatAN:
		return digit || c == ' ' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}
	return c >= 0x20 && c <= 0x7E
}

// element is one row of a dialect: a data element and how it lies in the bytes.
type element struct {
	number int
	name   string
	format format
	prefix int // digits of the length before it: 0 for a fixed one, 2 for LLVAR, 3 for LLLVAR
	length int // characters, digits or bytes; at most, where there is a prefix
}

// check says what is wrong with a value: its length or its characters. An empty
// value is wrong: an element that has nothing to say is absent.
func (e *element) check(value []byte) error {
	if e.prefix == 0 && len(value) != e.length {
		return fault(fmt.Sprintf("length %d, want %d", len(value), e.length))
	}
	if len(value) == 0 || len(value) > e.length {
		return fault(fmt.Sprintf("length %d, want 1 to %d", len(value), e.length))
	}
	if !e.format.allows(value) {
		return fault(fmt.Sprintf("a character that is not of format %s", e.format))
	}
	return nil
}
