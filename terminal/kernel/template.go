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
