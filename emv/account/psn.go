package account

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// SequenceNumber is the PAN sequence number (tag 5F34), 0 to 99, that tells
// cards of one PAN apart. A card without one counts as 00. EMV Book 2, Annex
// A1.4.
type SequenceNumber uint8

// ParseSequenceNumber reads two decimal digits; the empty string is 00.
func ParseSequenceNumber(s string) (SequenceNumber, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) != 2 || !emv.Decimal([]byte(s)) {
		return 0, fmt.Errorf("parse PAN sequence number: want two digits: %w", emv.ErrMalformed)
	}
	return SequenceNumber(10*(s[0]-'0') + s[1] - '0'), nil
}

// String returns the two decimal digits.
func (n SequenceNumber) String() string { return fmt.Sprintf("%02d", uint8(n)) }

// sequenceNumberMax is the largest number that two digits hold.
const sequenceNumberMax = 99

// BCD returns the number as the one byte of tag 5F34. It panics where the number
// has more than two digits.
func (n SequenceNumber) BCD() byte {
	if n > sequenceNumberMax {
		panic(fmt.Sprintf("account: PAN sequence number %d, at most %d", uint8(n), sequenceNumberMax))
	}
	return byte(n/10)<<4 | byte(n%10)
}
