package kernel

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// DataObjects are the primitive data objects of one transaction, whoever gave
// them. Those that the dictionary calls sensitive, such as the PAN, are held as
// secrets.
type DataObjects struct {
	secret.Opaque
	plain     map[emv.Tag][]byte
	sensitive map[emv.Tag]secret.Value
}

// dataObjectsUsual is about the number of data objects of a transaction.
const dataObjectsUsual = 64

func newDataObjects() *DataObjects {
	return &DataObjects{plain: make(map[emv.Tag][]byte, dataObjectsUsual), sensitive: map[emv.Tag]secret.Value{}}
}

// Value returns the value of a data object that is not sensitive. The caller
// does not change it.
func (d *DataObjects) Value(tag emv.Tag) (value []byte, ok bool) {
	value, ok = d.plain[tag]
	return value, ok
}

// Open calls use with the value of a data object, sensitive or not, and reports
// whether it is there. use must not keep the slice.
func (d *DataObjects) Open(tag emv.Tag, use func(value []byte)) (ok bool) {
	if value, ok := d.plain[tag]; ok {
		use(value)
		return true
	}
	value, ok := d.sensitive[tag]
	if ok {
		value.Open(use)
	}
	return ok
}

// read returns the value of a data object, of a sensitive one a copy.
func (d *DataObjects) read(tag emv.Tag) (value []byte, ok bool) {
	if value, ok = d.plain[tag]; !ok {
		ok = d.Open(tag, func(clear []byte) { value = slices.Clone(clear) })
	}
	return value, ok
}

// Has reports whether a data object is there.
func (d *DataObjects) Has(tag emv.Tag) bool {
	_, plain := d.plain[tag]
	_, sensitive := d.sensitive[tag]
	return plain || sensitive
}

// Tags returns the tags of all data objects in ascending order.
func (d *DataObjects) Tags() []emv.Tag {
	tags := make([]emv.Tag, 0, len(d.plain)+len(d.sensitive))
	for tag := range d.plain {
		tags = append(tags, tag)
	}
	for tag := range d.sensitive {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// AppendTLV appends those of the data objects that are there and not sensitive,
// in the order of the tags given.
func (d *DataObjects) AppendTLV(dst []byte, tags ...emv.Tag) []byte {
	for _, tag := range tags {
		if value, ok := d.plain[tag]; ok {
			dst = tlv.Append(dst, tag, value)
		}
	}
	return dst
}

// set keeps a copy of a value; one that was there before is replaced.
func (d *DataObjects) set(tag emv.Tag, value []byte) {
	if entry, ok := emv.Describe(tag); ok && entry.Sensitive {
		d.sensitive[tag] = secret.New(value)
		return
	}
	d.plain[tag] = slices.Clone(value)
}

// ChipDataTags returns the tags of the data objects that go into field 55 of an
// authorisation request, in their order there.
func ChipDataTags() []emv.Tag {
	return []emv.Tag{
		0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x9F03, 0x5F2A, 0x9F1A, 0x82,
		0x5F34, 0x9F33, 0x9F34, 0x9F35, 0x84, 0x9F1E, 0x9F09, 0x9F41, 0x9F53, 0x9F6E,
	}
}

// setFromCard keeps a value that the card gave. What only the terminal or the
// issuer may say is not taken from a card, and a value of length zero counts as
// absent.
func (d *DataObjects) setFromCard(tag emv.Tag, value []byte) {
	entry, known := emv.Describe(tag)
	if len(value) == 0 || tag.Constructed() || known && entry.Source&emv.SourceICC == 0 {
		return
	}
	d.set(tag, value)
}

// clear takes all values out.
func (d *DataObjects) clear() {
	clear(d.plain)
	clear(d.sensitive)
}

// remove takes a value out.
func (d *DataObjects) remove(tag emv.Tag) { delete(d.plain, tag) }
