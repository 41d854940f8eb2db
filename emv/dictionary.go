package emv

// Entry describes a data element of the dictionary.
type Entry struct {
	Name   string
	Format Format
}

// Describe returns the dictionary's entry for a tag.
func Describe(tag Tag) (Entry, bool) { return Entry{}, false }
