package message

import "slices"

// ElementRow is a row of a dialect, for tests that build the library's own
// specification of it.
type ElementRow struct {
	Number, Prefix, Length int
	Format                 string
}

// Rows returns the rows of a dialect.
func (d *Dialect) Rows() []ElementRow {
	var rows []ElementRow
	for _, e := range d.rules.elements {
		rows = append(rows, ElementRow{e.number, e.prefix, e.length, e.format.String()})
	}
	return rows
}

// Layout returns the elements that a kind must and may have.
func (d *Dialect) Layout(k Kind) (mandatory, optional []int) {
	l := d.layoutOf(k, 0)
	for n := range l.mandatory.all() {
		mandatory = append(mandatory, n)
	}
	for n := range l.optional.all() {
		optional = append(optional, n)
	}
	return mandatory, optional
}

// Values returns the characters of each element of a message, and its MTI.
func (d *Dialect) Values(b []byte) (map[int][]byte, error) {
	w, err := d.read(b)
	if err != nil {
		return nil, err
	}
	values := map[int][]byte{0: w.value(0)}
	for n := range w.present.all() {
		values[n] = w.value(n)
	}
	return values, nil
}

// MessageRow is a message type of a dialect.
type MessageRow struct {
	Kind                Kind
	MTI, Repeat         string
	Mandatory, Optional []int
}

// Messages returns the message types of a dialect.
func (d *Dialect) Messages() (rows []MessageRow) {
	for _, l := range d.layouts {
		rows = append(rows, MessageRow{l.kind, l.mti, l.repeat, slices.Collect(l.mandatory.all()), slices.Collect(l.optional.all())})
	}
	return rows
}
