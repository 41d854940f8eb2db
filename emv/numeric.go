package emv

import "fmt"

// numericBytesMax is the longest numeric field, in bytes, whose value always
// fits 64 bits.
const numericBytesMax = 9

// EncodeN returns a number in format n: two decimal digits to a byte, with
// zeros on the left, length bytes long (1 to 9; an amount has 6). EMV Book 3,
// 4.3. It fails where the number has more digits.
func EncodeN(value uint64, length int) ([]byte, error) {
	if length < 1 || length > numericBytesMax {
		return nil, fmt.Errorf("encode number: field of %d bytes, want 1 to %d", length, numericBytesMax)
	}
	b := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		b[i] = byte(value/10%10)<<4 | byte(value%10)
		value /= 100
	}
	if value != 0 {
		return nil, fmt.Errorf("encode number: more than %d digits", 2*length)
	}
	return b, nil
}

// DecodeN reads a number in format n of 1 to 9 bytes. EMV Book 3, 4.3.
func DecodeN(b []byte) (uint64, error) {
	if len(b) == 0 || len(b) > numericBytesMax {
		return 0, fmt.Errorf("decode number: field of %d bytes, want 1 to %d: %w", len(b), numericBytesMax, ErrMalformed)
	}
	var value uint64
	for _, c := range b {
		if c>>4 > 9 || c&0x0F > 9 {
			return 0, fmt.Errorf("decode number: a digit that is not decimal: %w", ErrMalformed)
		}
		value = 100*value + 10*uint64(c>>4) + uint64(c&0x0F)
	}
	return value, nil
}

// Decimal reports whether every byte is an ASCII digit.
func Decimal(digits []byte) bool {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Nibble returns half a byte of b, counted from the left.
func Nibble(b []byte, i int) byte { return b[i/2] >> (4 - 4*(i%2)) & 0x0F }

// XorNibble combines half a byte of b, counted from the left, with v by
// exclusive or; where it was zero, that sets it.
func XorNibble(b []byte, i int, v byte) { b[i/2] ^= v << (4 - 4*(i%2)) }
