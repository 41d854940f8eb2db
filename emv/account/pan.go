package account

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// panDigitsMin and panDigitsMax bound the length of a PAN in digits: tag 5A
// holds up to 19 (EMV Book 3, Annex A); 8 is the shortest that ISO/IEC 7812-1
// knows.
const (
	panDigitsMin = 8
	panDigitsMax = 19
)

// PAN is a primary account number of 8 to 19 digits. It prints masked: the
// first six and the last four digits, or the last four alone where that would
// leave fewer than three digits hidden. The zero PAN is no account.
type PAN struct {
	digits secret.Value
	masked string
}

// ParsePAN reads a PAN from its decimal digits. The check digit is not
// examined, since test cards often have a wrong one; see LuhnValid.
func ParsePAN(digits []byte) (PAN, error) {
	if len(digits) < panDigitsMin || len(digits) > panDigitsMax {
		return PAN{}, fmt.Errorf("parse PAN: %d digits, want %d to %d: %w", len(digits), panDigitsMin, panDigitsMax, emv.ErrMalformed)
	}
	if !emv.Decimal(digits) {
		return PAN{}, fmt.Errorf("parse PAN: a character that is no decimal digit: %w", emv.ErrMalformed)
	}
	return PAN{digits: secret.New(digits), masked: mask(digits)}, nil
}

// DecodePAN reads a PAN from the compressed numeric form of tag 5A: two digits
// in each byte, filled with F on the right. EMV Book 3, Annex A.
func DecodePAN(cn []byte) (PAN, error) {
	digits := Unpack(cn)
	defer secret.Wipe(digits)
	return ParsePAN(digits)
}

// Unpack returns the digits of a compressed numeric field without the F that
// fills it on the right; other nibbles above 9, an F among the digits included,
// come out as letters, which no parser of digits takes.
func Unpack(cn []byte) []byte {
	digits := make([]byte, 0, 2*len(cn))
	for _, b := range cn {
		digits = append(digits, hexDigits[b>>4], hexDigits[b&0x0F])
	}
	return bytes.TrimRight(digits, "F")
}

const hexDigits = "0123456789ABCDEF"

// Pack returns decimal digits in compressed numeric form, two in each byte, with
// F on the right where the count is odd.
func Pack(digits []byte) []byte {
	packed := make([]byte, (len(digits)+1)/2)
	for i := range packed {
		low := byte(0x0F)
		if 2*i+1 < len(digits) {
			low = digits[2*i+1] - '0'
		}
		packed[i] = (digits[2*i]-'0')<<4 | low
	}
	return packed
}

// Open calls use with a copy of the decimal digits (ASCII) and wipes it when
// use returns.
func (p PAN) Open(use func(digits []byte)) { p.digits.Open(use) }

// IsZero reports whether p is no account.
func (p PAN) IsZero() bool { return p.digits.IsZero() }

// Len returns the number of digits.
func (p PAN) Len() int { return p.digits.Len() }

// Equal compares two PANs in constant time.
func (p PAN) Equal(o PAN) bool { return p.digits.Equal(o.digits) }

// LuhnValid reports whether the last digit is the check digit of the others by
// the Luhn formula. ISO/IEC 7812-1.
func (p PAN) LuhnValid() bool {
	sum := 0
	p.Open(func(digits []byte) {
		for i := range digits {
			d := int(digits[len(digits)-1-i] - '0')
			if i%2 == 1 {
				d = d*2%10 + d*2/10
			}
			sum += d
		}
	})
	return !p.IsZero() && sum%10 == 0
}

// String returns the masked PAN.
func (p PAN) String() string { return p.masked }

// Format prints the masked PAN for every verb of package fmt.
func (p PAN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.masked) }

// MarshalText returns the masked PAN; it serves encoding/json and others.
func (p PAN) MarshalText() ([]byte, error) { return []byte(p.masked), nil }

// GobEncode refuses, as secret.Value does.
func (p PAN) GobEncode() ([]byte, error) { return p.digits.GobEncode() }

// mask hides the middle digits.
func mask(digits []byte) string {
	const tail = 4
	head := 6
	if len(digits) < head+tail+3 {
		head = 0
	}
	hidden := len(digits) - head - tail
	return string(digits[:head]) + strings.Repeat("*", hidden) + string(digits[len(digits)-tail:])
}
