package tlv

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// DOLEntry asks for one data object with a length in bytes.
type DOLEntry struct {
	Tag    emv.Tag
	Length int // 0 to 255
}

// DOL is a data object list: which data objects the card wants, in which order
// and how long. EMV Book 3, 5.4.
type DOL []DOLEntry

// ParseDOL reads a data object list: tag, one byte of length, and so on.
func ParseDOL(b []byte) (DOL, error) {
	dol := DOL{}
	for len(b) > 0 {
		tag, n, err := emv.DecodeTag(b)
		if err != nil {
			return nil, fmt.Errorf("parse DOL: %w", err)
		}
		if n == len(b) {
			return nil, fmt.Errorf("parse DOL: length missing behind %s: %w", tag, emv.ErrMalformed)
		}
		dol = append(dol, DOLEntry{Tag: tag, Length: int(b[n])})
		b = b[n+1:]
	}
	return dol, nil
}

// Len returns the number of bytes that the filled list has.
func (d DOL) Len() int {
	n := 0
	for _, e := range d {
		n += e.Length
	}
	return n
}

// Contains reports whether the list asks for the tag.
func (d DOL) Contains(tag emv.Tag) bool {
	return slices.ContainsFunc(d, func(e DOLEntry) bool { return e.Tag == tag })
}

// Lookup finds the value of a data object and the format that rules how it is
// cut and filled. ok is false where it is not there.
type Lookup func(tag emv.Tag) (value []byte, format emv.Format, ok bool)

// Append appends the concatenated values that the list asks for to dst. EMV
// Book 3, 5.4: what is absent or constructed is filled with zeros; a value that
// is too long loses its left end in format n and its right end in others; one
// that is too short is filled with zeros on the left in format n, with F on the
// right in format cn and with zeros on the right in others.
func (d DOL) Append(dst []byte, lookup Lookup) []byte {
	for _, e := range d {
		value, format, ok := lookup(e.Tag)
		if !ok || e.Tag.Constructed() {
			value, format = nil, emv.FormatB
		}
		dst = appendFitted(dst, value, format, e.Length)
	}
	return dst
}

// appendFitted appends value cut or filled to length bytes.
func appendFitted(dst, value []byte, format emv.Format, length int) []byte {
	excess := len(value) - length
	switch {
	case excess > 0 && format == emv.FormatN:
		return append(dst, value[excess:]...)
	case excess > 0:
		return append(dst, value[:length]...)
	}
	fill := byte(0)
	if format == emv.FormatCN {
		fill = 0xFF
	}
	if format == emv.FormatN {
		return append(appendRepeated(dst, fill, -excess), value...)
	}
	return appendRepeated(append(dst, value...), fill, -excess)
}

func appendRepeated(dst []byte, b byte, n int) []byte {
	for range n {
		dst = append(dst, b)
	}
	return dst
}
