package kernel

import (
	"crypto/sha1"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// dataObjectLists are the lists of the card that are used after its records were
// read.
type dataObjectLists struct {
	cdol1, cdol2 tlv.DOL
	tdol         tlv.DOL // for the TC hash value; nil where no list asks for it
}

// fill returns the values that a list asks for, as they are now. A list whose
// data does not fit a command ends the transaction. EMV Book 3, 5.4.
func (t *transaction) fill(list tlv.DOL) ([]byte, error) {
	if list.Len() > apdu.DataBytesMax {
		return nil, notAccepted("data object list asks for %d bytes", list.Len())
	}
	t.refresh()
	if t.lists.tdol != nil {
		hash := sha1.Sum(t.lists.tdol.Append(nil, t.lookup))
		t.data.set(tagTCHash, hash[:])
	}
	return list.Append(make([]byte, 0, list.Len()), t.lookup), nil
}

// lookup finds the value of a data object for a list.
func (t *transaction) lookup(tag emv.Tag) (value []byte, format emv.Format, ok bool) {
	format = emv.FormatB
	if entry, known := emv.Describe(tag); known {
		format = entry.Format
	}
	value, ok = t.data.read(tag)
	return value, format, ok
}

// chooseTDOL finds the list for the TC hash value where a CDOL asks for that:
// the card's, or the terminal's default. It is done before the terminal action
// analysis, which sees the bit that says so; the Book does not say when. EMV
// Book 3, 9.2.2.
func (t *transaction) chooseTDOL() error {
	if !t.lists.cdol1.Contains(tagTCHash) && !t.lists.cdol2.Contains(tagTCHash) {
		return nil
	}
	if raw, ok := t.data.Value(tagTDOL); ok {
		list, err := tlv.ParseDOL(raw)
		if err != nil {
			return notAccepted("TDOL malformed")
		}
		t.lists.tdol = list
		return nil
	}
	t.lists.tdol = t.app.DefaultTDOL
	if t.lists.tdol == nil {
		t.lists.tdol = tlv.DOL{} // an empty one is assumed, and the default was not used
		t.note(TerminalActionAnalysis, "card gives no TDOL, and the terminal has no default")
		return nil
	}
	t.found(TerminalActionAnalysis, emv.TVRDefaultTDOLUsed, "Book 3, 9.2.2", "card gives no TDOL: default TDOL used")
	return nil
}
