package emv

import (
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
)

// Bit is one bit of the bit field F. Its upper byte is the number of the byte
// in the field, counted from 1 as the Books count; its lower byte is the mask:
// 0x0380 is byte 3, bit 8. The constants of this package are the only values;
// each field has a type of its own, so that a bit of the TSI can not be set in
// a TVR.
type Bit[F Field] uint16

// Field is any of the bit fields of this package, 2 to 5 bytes long.
type Field interface {
	~[2]byte | ~[3]byte | ~[4]byte | ~[5]byte
	layout() layout
}

// layout says what the bits of a field mean.
type layout struct {
	name string
	bits []bitMeaning // in the order of the field
}

// bitMeaning gives a bit its machine name and the words of the Books. Where it
// covers several bits that hold a value together, both are empty.
type bitMeaning struct {
	bit        uint16
	name, text string
}

// ParseField reads a bit field from bytes, which must be as many as it has.
func ParseField[F Field](b []byte) (F, error) {
	var f F
	if len(b) != len(f) {
		return f, fmt.Errorf("parse %s: %d bytes, want %d: %w", f.layout().name, len(b), len(f), ErrMalformed)
	}
	for i := range b {
		f[i] = b[i]
	}
	return f, nil
}

// Byte returns the number of the byte in the field, counted from 1.
func (b Bit[F]) Byte() int { return int(b >> 8) }

// Mask returns the bit's mask in its byte.
func (b Bit[F]) Mask() byte { return byte(b) }

// String returns the machine name, such as "pin-try-limit-exceeded", or the
// position of a bit that is reserved for future use, such as "byte-1-bit-3".
func (b Bit[F]) String() string {
	if m, ok := b.meaning(); ok {
		return m.name
	}
	return fmt.Sprintf("byte-%d-bit-%d", b.Byte(), bits.Len8(b.Mask()))
}

// Text returns the meaning in the words of the Books, or "RFU".
func (b Bit[F]) Text() string {
	if m, ok := b.meaning(); ok {
		return m.text
	}
	return "RFU"
}

func (b Bit[F]) meaning() (bitMeaning, bool) {
	var f F
	for _, m := range f.layout().bits {
		if m.bit == uint16(b) {
			return m, m.name != ""
		}
	}
	return bitMeaning{}, false
}

func hasBit[F Field](f F, b Bit[F]) bool { return f[b.Byte()-1]&b.Mask() != 0 }

func setBit[F Field](f *F, b Bit[F]) { (*f)[b.Byte()-1] |= b.Mask() }

// setBits returns the set bits that have a meaning, in the order of the field.
func setBits[F Field](f F) []Bit[F] {
	set := []Bit[F]{}
	for _, m := range f.layout().bits {
		if b := Bit[F](m.bit); m.name != "" && hasBit(f, b) {
			set = append(set, b)
		}
	}
	return set
}

// setNames returns the machine names of setBits.
func setNames[F Field](f F) []string {
	names := []string{}
	for _, b := range setBits(f) {
		names = append(names, b.String())
	}
	return names
}

// reservedBits returns the set bits that have no meaning, in the order of the
// field.
func reservedBits[F Field](f F) []Bit[F] {
	for _, m := range f.layout().bits {
		f[m.bit>>8-1] &^= byte(m.bit)
	}
	reserved := []Bit[F]{}
	for i := range len(f) {
		for mask := byte(0x80); mask != 0; mask >>= 1 {
			if f[i]&mask != 0 {
				reserved = append(reserved, Bit[F](i+1)<<8|Bit[F](mask))
			}
		}
	}
	return reserved
}

// upperHex returns bytes as upper-case hexadecimal digits.
func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
