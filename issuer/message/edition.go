package message

// edition is what the two editions of ISO 8583 say in different words: elements
// that have another form, another meaning or another number. Nothing of one
// edition's code reads or writes an element of the other. What both have alike
// stands with the structs.
type edition interface {
	year() int
	header(c *coder, h *Header)
	transaction(c *coder, t *Transaction)
	reversal(c *coder, m *Reversal)
	originalData(c *coder, h *Header, v *OriginalData)
	actionCode(c *coder, v *ActionCode)
	functionCode(c *coder, v *FunctionCode)
	// refusal is DE 39 of an answer that refuses a message with that code.
	refusal(a ActionCode) string
	// meaning explains the value of an element, "" where there is nothing to say.
	meaning(d *Dialect, k Kind, n int, value []byte) (text string, notes []string)
	// elements are the rows that the structs rely on, as they are in this edition.
	elements() []element
}

// Edition returns the year of the edition of ISO 8583 that a dialect follows, 1987
// or 1993.
func (d *Dialect) Edition() int { return d.rules.edition.year() }
