package card

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/tlv"
)

// arcSize is the length of an authorisation response code in bytes.
const arcSize = 2

// checkList refuses a list that no command can carry, or in which a data object
// that the card reads has not the length that it must have.
func checkList(list tlv.DOL) error {
	if list.Len() > apdu.DataBytesMax {
		return fmt.Errorf("data object list asks for %d bytes, at most %d: %w", list.Len(), apdu.DataBytesMax, errImage)
	}
	var in cryptogram.Input
	for _, e := range list {
		if err := in.Set(e.Tag, make([]byte, e.Length)); err != nil {
			return fmt.Errorf("data object list: %w: %w", err, errImage)
		}
		if e.Tag == tagARC && e.Length != arcSize {
			return fmt.Errorf("data object list asks for %d bytes of 8A: %w", e.Length, errImage)
		}
	}
	return nil
}

// object returns the value of a data object in the values that a list has asked
// for.
func object(list tlv.DOL, data []byte, tag emv.Tag) (value []byte, ok bool) {
	for _, e := range list {
		if e.Tag == tag {
			return data[:e.Length], true
		}
		data = data[e.Length:]
	}
	return nil, false
}

// fill takes the values of a data object list into the input of cryptograms,
// with AIP and ATC of the card. The lengths were checked when the card was
// opened, and that of data by the caller.
func (s *session) fill(list tlv.DOL, data []byte) {
	in := &s.transaction.input
	for _, e := range list {
		value := data[:e.Length]
		data = data[e.Length:]
		if err := in.Set(e.Tag, value); err != nil {
			panic("card: data object list of a checked image: " + err.Error())
		}
	}
	in.AIP = s.side().AIP
	in.ATC = s.remembered().atc
}
