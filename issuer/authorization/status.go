package authorization

import "github.com/f510b0cf/till/issuer/store"

// status looks at the status of the card. It comes before the PIN, so that a
// card that was not activated loses no try.
func (d *decision) status() reason {
	switch d.record.Status {
	case store.Active:
		return approved
	case store.NotActivated:
		return notActivated
	case store.Lost:
		return lost
	case store.Stolen:
		return stolen
	case store.Expired:
		return expired
	case store.Closed:
		return closed
	}
	return blocked
}
