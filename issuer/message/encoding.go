package message

import (
	"encoding/hex"

	"github.com/moov-io/iso8583/encoding"
)

// code is how the characters of a value lie in bytes. Decoders fail where bytes
// are missing only: a character that is wrong comes out as one that element.check
// refuses, so that the elements behind it are read all the same.
//
// The library's own BCD encoder is replaced for its cost: it builds a codec for
// each value.
type code interface {
	encoding.Encoder
	size(n int) int // bytes that n characters take
}

// errShort is the fault of a value that runs past the end of the message.
const errShort fault = "value runs past the end of the message"

// bcd holds two digits in a byte, with 0 on the left where the count is odd, and
// the separator of track 2 as D.
type bcd struct{}

// wrongDigit stands for a nibble that is none of those.
const wrongDigit = '?'

// bcdDigits are the characters of the nibbles.
const bcdDigits = "0123456789???=??"

func (bcd) size(n int) int { return (n + 1) / 2 }

// Encode is for values that element.check has passed.
func (c bcd) Encode(digits []byte) ([]byte, error) {
	packed := make([]byte, c.size(len(digits)))
	i := len(digits) % 2
	for j, d := range digits {
		at := i + j
		packed[at/2] |= nibbleOf(d) << (4 - 4*(at%2))
	}
	return packed, nil
}

func nibbleOf(c byte) byte {
	if c == '=' || c == 'D' {
		return 0xD
	}
	return c & 0x0F
}

// Decode reads n digits.
func (c bcd) Decode(packed []byte, n int) ([]byte, int, error) {
	size := c.size(n)
	if n < 0 || size > len(packed) {
		return nil, 0, errShort
	}
	digits := make([]byte, 0, 2*size)
	for _, b := range packed[:size] {
		digits = append(digits, bcdDigits[b>>4], bcdDigits[b&0x0F])
	}
	if n%2 == 0 {
		return digits, size, nil
	}
	if digits[0] != '0' {
		digits[1] = wrongDigit
	}
	return digits[1:], size, nil
}

// octets holds a byte in a byte. The library's copies all that is left of the
// message for each value.
type octets struct{}

func (octets) size(n int) int { return n }

// Encode returns the value itself; the library copies it into the message.
func (octets) Encode(value []byte) ([]byte, error) { return value, nil }

// Decode copies n bytes.
func (octets) Decode(b []byte, n int) ([]byte, int, error) {
	if n < 0 || n > len(b) {
		return nil, 0, errShort
	}
	return append([]byte(nil), b[:n]...), n, nil
}

// translated holds a character in a byte, of another code page than ASCII.
type translated struct{ to, from [256]byte }

// ebcdic returns code page 1047 for the printable characters of ASCII. Other
// bytes come out as 00, which no format of characters allows.
func ebcdic() *translated {
	var t translated
	for c := byte(0x20); c <= 0x7E; c++ {
		b, err := encoding.EBCDIC1047.Encode([]byte{c})
		if err != nil {
			panic("message: code page 1047: " + err.Error())
		}
		t.to[c], t.from[b[0]] = b[0], c
	}
	return &t
}

func (*translated) size(n int) int { return n }

// Encode is for values that element.check has passed.
func (t *translated) Encode(text []byte) ([]byte, error) { return translate(&t.to, text), nil }

// Decode reads n characters.
func (t *translated) Decode(b []byte, n int) ([]byte, int, error) {
	if n < 0 || n > len(b) {
		return nil, 0, errShort
	}
	return translate(&t.from, b[:n]), n, nil
}

func translate(table *[256]byte, src []byte) []byte {
	dst := make([]byte, len(src))
	for i, c := range src {
		dst[i] = table[c]
	}
	return dst
}

// hexadecimal holds a byte in two hexadecimal digits, in upper case; either case is
// read. A character that is none is found at once, since every byte is a value.
type hexadecimal struct{}

func (hexadecimal) size(n int) int { return 2 * n }

// Encode writes the digits.
func (hexadecimal) Encode(value []byte) ([]byte, error) { return upperHex(value), nil }

// Decode reads n bytes.
func (h hexadecimal) Decode(b []byte, n int) ([]byte, int, error) {
	if n < 0 || h.size(n) > len(b) {
		return nil, 0, errShort
	}
	value := make([]byte, n)
	if _, err := hex.Decode(value, b[:h.size(n)]); err != nil {
		return nil, 0, fault("a character that is no hexadecimal digit")
	}
	return value, h.size(n), nil
}
