package message

import (
	"bytes"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// unsigned are the types of elements that are numbers.
type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// number is an element of which zero is a value, such as an amount.
func number[T unsigned](c *coder, n int, v *T) {
	transfer(c, n, v, codec[T]{isZero: isZero[T], zeroCounts: true, append: appendNumber[T], parse: parseNumber[T]})
}

// numericCode is an element of which zero means that there is none, such as a
// currency.
func numericCode[T unsigned](c *coder, n int, v *T) {
	transfer(c, n, v, codec[T]{isZero: isZero[T], append: appendNumber[T], parse: parseNumericCode[T]})
}

// flaggedNumber is a number that has its presence beside it.
func flaggedNumber[T unsigned](c *coder, n int, v *T, has *bool) {
	flagged(c, n, v, has, codec[T]{append: appendNumber[T], parse: parseNumber[T]})
}

func isZero[T comparable](v T) bool {
	var zero T
	return v == zero
}

func appendNumber[T unsigned](dst []byte, v T, e *element) []byte {
	return appendDigits(dst, uint64(v), e.length)
}

func parseNumber[T unsigned](value []byte, _ *element) (T, error) {
	if !emv.Decimal(value) { // DE 49 is of format an
		return 0, fault("a character that is no decimal digit")
	}
	v := parseDigits(value)
	if uint64(T(v)) != v {
		return 0, fault("number too large")
	}
	return T(v), nil
}

func parseNumericCode[T unsigned](value []byte, e *element) (T, error) {
	v, err := parseNumber[T](value, e)
	if err == nil && v == 0 {
		return 0, fault("nothing but zeros")
	}
	return v, err
}

// text is an element of characters. Spaces that fill a fixed one on the right are
// no part of the value.
func text(c *coder, n int, v *string) {
	transfer(c, n, v, codec[string]{isZero: isZero[string], append: appendText, parse: parseText})
}

func appendText(dst []byte, v string, e *element) []byte {
	dst = append(dst, v...)
	for n := len(v); e.prefix == 0 && n < e.length; n++ {
		dst = append(dst, ' ')
	}
	return dst
}

func parseText(value []byte, e *element) (string, error) {
	if e.prefix == 0 {
		value = bytes.TrimRight(value, " ")
	}
	if len(value) == 0 {
		return "", fault("nothing but spaces")
	}
	return string(value), nil
}

// raw is an element of bytes.
func raw(c *coder, n int, v *[]byte) {
	transfer(c, n, v, codec[[]byte]{isZero: isEmpty, append: appendBytes, parse: parseBytes})
}

func isEmpty(v []byte) bool { return len(v) == 0 }

func appendBytes(dst, v []byte, _ *element) []byte { return append(dst, v...) }

func parseBytes(value []byte, _ *element) ([]byte, error) { return slices.Clone(value), nil }
