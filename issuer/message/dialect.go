package message

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/f510b0cf/till/emv/secret"
)

// Dialect says how messages look as bytes: the data elements, how each is
// written, and which of them a message of each kind has. It is read only and
// serves any number of goroutines.
type Dialect struct {
	name     string
	rules    rules
	spec     *iso8583.MessageSpec // for the library, built once
	elements [elementsMax + 1]*element
	layouts  []layout
	known    elementSet // to the structs
}

// rules are the data that a dialect is made of.
type rules struct {
	edition  edition
	alphabet alphabet
	elements []element
	layouts  []layout
	chip     chipForm // of DE 55
	framing  Framing  // that goes with it
}

// alphabet is how the values of each format lie in bytes.
type alphabet struct {
	digits     code // message type, formats n and z, lengths
	characters code // formats an and ans
	bytes      code // format b
	bitmap     code
}

// of returns the code of a format.
func (a alphabet) of(f format) code {
	switch f {
	case formatN, formatZ:
		return a.digits
	case formatB:
		return a.bytes
	}
	return a.characters
}

// layout says which elements the messages of a kind have.
type layout struct {
	kind                Kind
	mti, repeat         string // repeat is empty where no message of the kind is a repeat
	mandatory, optional elementSet
	variant             uint8 // how many rows before it have the kind
}

// mtiDigits is the length of a message type identifier.
const mtiDigits = 4

// newDialect builds a dialect, with the library's specification, of its rules.
func newDialect(name string, r rules) *Dialect {
	d := &Dialect{name: name, rules: r, layouts: numbered(r.layouts), known: readBy(r.edition)}
	fields := map[int]field.Field{
		0: field.NewBinary(&field.Spec{Length: mtiDigits, Enc: r.alphabet.digits, Pref: fixed{}}),
		1: field.NewBitmap(&field.Spec{Length: bitmapBytes, Enc: r.alphabet.bitmap, Pref: fixed{}}),
	}
	for _, e := range r.elements {
		d.elements[e.number] = &e
		// A Binary field holds the characters as bytes that can be wiped; a String
		// would not.
		fields[e.number] = field.NewBinary(&field.Spec{Length: e.length, Enc: r.alphabet.of(e.format), Pref: d.prefixer(e)})
	}
	d.spec = &iso8583.MessageSpec{Name: name, Fields: fields}
	return d
}

// bitmapBytes is the length of one bitmap.
const bitmapBytes = 8

// numbered returns the rows with the variants that they are.
func numbered(rows []layout) []layout {
	rows = slices.Clone(rows)
	var count [KindNetworkManagementResponse + 1]uint8
	for i := range rows {
		rows[i].variant = count[rows[i].kind]
		count[rows[i].kind]++
	}
	return rows
}

func (d *Dialect) prefixer(e element) prefix.Prefixer {
	if e.prefix == 0 {
		return fixed{}
	}
	unit := 1
	if e.format == formatB {
		unit = d.rules.alphabet.bytes.size(1) // a length counts the digits where a byte is two
	}
	return variable{digits: e.prefix, code: d.rules.alphabet.digits, unit: unit}
}

// Named returns the dialect of that name, one of Names.
func Named(name string) (*Dialect, error) {
	for _, d := range dialects {
		if d.name == name {
			return d, nil
		}
	}
	return nil, fmt.Errorf("find dialect: none is called %q, there are %q", name, Names())
}

// Names returns the names of the dialects.
func Names() []string {
	names := make([]string, len(dialects))
	for i, d := range dialects {
		names[i] = d.name
	}
	return names
}

var dialects = []*Dialect{iso93, iso93AES, agns93, iso87}

// Name returns the name of the dialect.
func (d *Dialect) Name() string { return d.name }

// Framing returns the framing that goes with the dialect, where nothing else is
// agreed.
func (d *Dialect) Framing() Framing { return d.rules.framing }

// TakesPINBlock reports whether DE 52 has room for an enciphered PIN block of so many
// bytes: 8 under TDES, 16 under AES.
func (d *Dialect) TakesPINBlock(bytes int) bool {
	e := d.elements[elementPIN]
	return e != nil && (bytes == e.length || e.prefix > 0 && bytes < e.length)
}

// layoutOf returns the row of a kind, nil where the dialect does not have it.
func (d *Dialect) layoutOf(k Kind, variant uint8) *layout {
	for i := range d.layouts {
		if d.layouts[i].kind == k && d.layouts[i].variant == variant {
			return &d.layouts[i]
		}
	}
	return nil
}

// layoutByMTI returns the row of a message type identifier, nil where there is
// none, and whether it is that of a repeat.
func (d *Dialect) layoutByMTI(mti string) (l *layout, repeat bool) {
	for i := range d.layouts {
		l := &d.layouts[i]
		if mti == l.mti || mti == l.repeat && mti != "" {
			return l, mti == l.repeat
		}
	}
	return nil, false
}

// fail returns an ElementError.
func (d *Dialect) fail(number int, cause error) error {
	e := &ElementError{Element: number, Cause: cause}
	switch {
	case number == 0:
		e.Name = "message type identifier"
	case number == 1:
		e.Name = "bitmap"
	case number <= elementsMax && d.elements[number] != nil:
		e.Name = d.elements[number].name
	}
	return e
}

// Pack returns the bytes of a message, without the length before them. The error
// is an ElementError where an element is missing or can not be written.
func (d *Dialect) Pack(m Message) ([]byte, error) {
	b, err := d.pack(m, m.Head().Repeat, elementSet{})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", m.Kind(), err)
	}
	return b, nil
}

// pack writes the message as a repeat or not, without the elements of skip.
func (d *Dialect) pack(m Message, repeat bool, skip elementSet) ([]byte, error) {
	l := d.layoutOf(m.Kind(), m.Head().Variant)
	if l == nil {
		return nil, fmt.Errorf("dialect %s has no such message", d.name)
	}
	mti := l.mti
	if repeat {
		mti = l.repeat
	}
	if mti == "" {
		return nil, errors.New("such a message is never a repeat")
	}
	c := coder{dialect: d, layout: l, skip: skip, message: iso8583.NewMessage(d.spec), scratch: make([]byte, 0, scratchBytes)}
	defer func() { secret.Wipe(c.scratch) }()
	c.message.MTI(mti)
	m.code(&c)
	mac(&c, &m.Head().MAC)
	if c.err != nil {
		return nil, c.err
	}
	b, err := c.message.Pack()
	if err != nil {
		return nil, faultOf(err)
	}
	if len(b) > BytesMax {
		return nil, fault(fmt.Sprintf("message of %d bytes, at most %d", len(b), BytesMax))
	}
	return b, nil
}

// Unpack reads the bytes of a message, without the length before them, and keeps
// none of them. It is strict, see the package comment. The error wraps
// emv.ErrMalformed and is an ElementError where one element is to blame.
func (d *Dialect) Unpack(b []byte) (Message, error) {
	w, err := d.read(b)
	if err != nil {
		return nil, fmt.Errorf("unpack message: %w", err)
	}
	if err := w.checkElements(); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", w.layout.kind, err)
	}
	m := newMessage(w.layout.kind)
	m.Head().Repeat, m.Head().Variant = w.repeat, w.layout.variant
	c := coder{dialect: d, layout: w.layout, message: w.message, unpacking: true, present: w.present}
	m.code(&c)
	mac(&c, &m.Head().MAC)
	if c.err == nil {
		c.err = w.checkUnread()
	}
	if c.err != nil {
		return nil, fmt.Errorf("unpack %s: %w", w.layout.kind, c.err)
	}
	return m, nil
}
