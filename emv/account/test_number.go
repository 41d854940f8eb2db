package account

import (
	"bytes"
	"slices"
)

// testPrefixes begin the account numbers that till takes for test numbers. The
// first is that of the card profiles here and of published sandbox numbers; the
// next two are those of cards that are recorded and shown around as test cards;
// with 123456 nobody issues cards. That no live card has one of them is from memory:
// no list of them is published.
var testPrefixes = []string{"374245", "541333", "476134", "123456"}

// TestPrefixes returns the beginnings of the account numbers that are taken for
// test numbers.
func TestPrefixes() []string { return slices.Clone(testPrefixes) }

// IsTestNumber reports whether p begins like the numbers of test cards.
func (p PAN) IsTestNumber() (is bool) {
	p.Open(func(digits []byte) {
		is = slices.ContainsFunc(testPrefixes, func(prefix string) bool { return bytes.HasPrefix(digits, []byte(prefix)) })
	})
	return is
}
