package authorization

import "github.com/f510b0cf/till/emv/account"

// expiry looks at the date of the card's own record, and at that of the message
// where it has one.
func (d *decision) expiry() reason {
	switch given := d.request.Expiry; {
	case d.record.Expiry.Before(d.now):
		return expired
	case given != account.Expiry{} && given != d.record.Expiry:
		return expiryDiffers
	}
	return approved
}
