package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// dates looks at first day and expiry of the card's own record, and at the expiry
// of the message where it has one.
func (d *decision) dates() reason {
	switch given := d.request.Expiry; {
	case d.record.Effective.Compare(emv.DateOf(d.now)) > 0:
		return notEffective
	case d.record.Expiry.Before(d.now):
		return expired
	case given != account.Expiry{} && given != d.record.Expiry:
		return expiryDiffers
	}
	return approved
}
