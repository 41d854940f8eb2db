package issuer

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data objects that a date of expiry is read from. EMV Book 3, Annex A; 10.2
// for the template of records.
const (
	tagRecord         emv.Tag = 0x70
	tagExpirationDate emv.Tag = 0x5F24
)

var errExpiry = errors.New("issue card: its records have no application expiration date (5F24)")

// expiryOf returns the month in which the first application of a card expires.
func expiryOf(made perso.Card) (account.Expiry, error) {
	for _, file := range made.Image.Applications[0].Files {
		if e, ok := expiryIn(file); ok {
			return e, nil
		}
	}
	return account.Expiry{}, errExpiry
}

func expiryIn(f image.File) (account.Expiry, bool) {
	for _, record := range f.Records {
		content, _, _ := tlv.Find(record, tagRecord) // what can not be read has no date
		value, _, _ := tlv.Find(content, tagExpirationDate)
		if date, err := emv.ParseDate(value); err == nil {
			return account.Expiry{Year: date.Year, Month: date.Month}, true
		}
	}
	return account.Expiry{}, false
}
