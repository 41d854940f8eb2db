package emv

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Tag is a BER-TLV tag as its bytes read from left to right: 9F02 is 0x9F02.
// A tag has one to four bytes. EMV Book 3, Annex B1.
type Tag uint32

// ParseTag reads a tag from hexadecimal digits such as "9F02" and checks that
// they are exactly one tag.
func ParseTag(s string) (Tag, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return 0, fmt.Errorf("parse tag: not hexadecimal: %w", ErrMalformed)
	}
	t, n, err := DecodeTag(b)
	if err != nil {
		return 0, err
	}
	if n != len(b) {
		return 0, fmt.Errorf("parse tag: %d bytes follow the tag: %w", len(b)-n, ErrMalformed)
	}
	return t, nil
}

// tagBytesMax is the longest tag, in bytes, that this program reads.
const tagBytesMax = 4

// DecodeTag reads the tag at the start of b and returns it with its length in
// bytes. EMV Book 3, Annex B1: the tag goes on in further bytes when bits 5-1
// of the first are all set, and up to the first byte with bit 8 clear.
func DecodeTag(b []byte) (t Tag, n int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("read tag: no bytes: %w", ErrMalformed)
	}
	t, n = Tag(b[0]), 1
	if b[0]&0x1F != 0x1F {
		return t, n, nil
	}
	for {
		if n == tagBytesMax {
			return 0, 0, fmt.Errorf("read tag: longer than %d bytes: %w", tagBytesMax, ErrMalformed)
		}
		if n == len(b) {
			return 0, 0, fmt.Errorf("read tag: tag runs past the end: %w", ErrMalformed)
		}
		t, n = t<<8|Tag(b[n]), n+1
		if b[n-1]&0x80 == 0 {
			return t, n, nil
		}
	}
}

// Len returns the number of bytes of the tag, 1 to 4.
func (t Tag) Len() int {
	n := 1
	for v := t >> 8; v != 0; v >>= 8 {
		n++
	}
	return n
}

// Append appends the bytes of the tag to dst.
func (t Tag) Append(dst []byte) []byte {
	for i := t.Len() - 1; i >= 0; i-- {
		dst = append(dst, byte(t>>(8*i)))
	}
	return dst
}

// Constructed reports whether the value of the tag holds data objects itself
// (bit 6 of the first byte). EMV Book 3, Annex B1.
func (t Tag) Constructed() bool { return t>>(8*(t.Len()-1))&0x20 != 0 }

// String returns the tag as upper-case hexadecimal digits.
func (t Tag) String() string { return strings.ToUpper(hex.EncodeToString(t.Append(nil))) }
