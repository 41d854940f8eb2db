package emv

import (
	"cmp"
	"slices"
	"strings"
)

// Source is where a data element comes from; some come from several sides.
type Source uint8

// The sources of data elements.
const (
	SourceICC Source = 1 << iota
	SourceTerminal
	SourceIssuer
)

// String returns the sources' names, as in "issuer/terminal".
func (s Source) String() string {
	var names []string
	for _, n := range []struct {
		source Source
		name   string
	}{{SourceICC, "ICC"}, {SourceIssuer, "issuer"}, {SourceTerminal, "terminal"}} {
		if s&n.source != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, "/")
}

// Entry describes a data element.
type Entry struct {
	Tag    Tag
	Name   string // as the Books have it
	Format Format
	Min    int // shortest length in bytes
	Max    int // longest length in bytes, 0 where the Books set none
	Source Source

	// Sensitive data, such as account numbers and PINs, may not be shown in
	// clear, nor may that from which public keys recover it. A template counts by what is in it, not as a whole.
	Sensitive bool
}

// Describe returns the dictionary's entry for a tag. It knows the data elements
// of EMV Books 1 to 4 (EMV Book 3, Annex A) except those of biometrics, and the
// common ones of the contactless kernels and of the schemes' card
// specifications. Tags of the private class (DF and others) mean different
// things in different templates and are left out.
func Describe(tag Tag) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(dictionary[:], tag, func(e Entry, t Tag) int { return cmp.Compare(e.Tag, t) })
	if !ok {
		return Entry{}, false
	}
	return dictionary[i], true
}
