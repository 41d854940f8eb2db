package kernel

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// template is what a constructed data object holds, one level deep.
type template []tlv.Element

// parseTemplate reads the data objects of b.
func parseTemplate(b []byte) (template, error) {
	var t template
	for e, err := range tlv.Elements(b) {
		if err != nil {
			return nil, err
		}
		t = append(t, e)
	}
	return t, nil
}

// openTemplate reads b, which is one data object with that tag and no more, and
// returns what it holds.
func openTemplate(b []byte, tag emv.Tag) (template, error) {
	e, rest, err := tlv.Next(b)
	if err != nil {
		return nil, err
	}
	if e.Tag != tag || len(rest) != 0 {
		return nil, fmt.Errorf("open template: not one data object %s: %w", tag, emv.ErrMalformed)
	}
	return parseTemplate(e.Value)
}

// value returns the value of the first data object with that tag. One of length
// zero counts as absent.
func (t template) value(tag emv.Tag) ([]byte, bool) {
	for _, e := range t {
		if e.Tag == tag {
			return e.Value, len(e.Value) > 0
		}
	}
	return nil, false
}

// repeats reports whether a data object that the dictionary knows is there more
// than once, which is a format error. EMV Book 3, 7.5.
func (t template) repeats() bool {
	seen := map[emv.Tag]bool{}
	for _, e := range t {
		if _, known := emv.Describe(e.Tag); known && seen[e.Tag] {
			return true
		}
		seen[e.Tag] = true
	}
	return false
}

// byteOf returns the value of a data object of one byte. One of another length
// counts as absent.
func (t template) byteOf(tag emv.Tag) (byte, bool) {
	value, ok := t.value(tag)
	if !ok || len(value) != 1 {
		return 0, false
	}
	return value[0], true
}

// all returns the values of the data objects with that tag.
func (t template) all(tag emv.Tag) [][]byte {
	var values [][]byte
	for _, e := range t {
		if e.Tag == tag {
			values = append(values, e.Value)
		}
	}
	return values
}
