package issuer

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data objects that the dates of a card are read from. EMV Book 3, Annex A; 10.2
// for the template of records.
const (
	tagRecord         emv.Tag = 0x70
	tagExpirationDate emv.Tag = 0x5F24
	tagEffectiveDate  emv.Tag = 0x5F25
)

var errExpiry = errors.New("issue card: its records have no application expiration date (5F24)")

// expiryOf returns the month in which the first application of a card expires.
func expiryOf(made perso.Card) (account.Expiry, error) {
	date, ok := dateOf(made, tagExpirationDate)
	if !ok {
		return account.Expiry{}, errExpiry
	}
	return account.Expiry{Year: date.Year, Month: date.Month}, nil
}

// effectiveOf returns the first day of use of the first application of a card, zero
// where it has none.
func effectiveOf(made perso.Card) emv.Date {
	date, _ := dateOf(made, tagEffectiveDate)
	return date
}

// dateOf returns the first date under a tag in the records of a card's first
// application.
func dateOf(made perso.Card, tag emv.Tag) (emv.Date, bool) {
	for _, file := range made.Image.Applications[0].Files {
		for _, record := range file.Records {
			content, _, _ := tlv.Find(record, tagRecord) // what can not be read has no date
			value, _, _ := tlv.Find(content, tag)
			if date, err := emv.ParseDate(value); err == nil {
				return date, true
			}
		}
	}
	return emv.Date{}, false
}
