package authorization

import (
	"errors"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// CIDTriesMax is how many wrong card identification digits a card has until right
// ones. They are counted apart from the PINs.
const CIDTriesMax = 5

// Electronic commerce indicators of orders: whether the cardholder was
// authenticated.
const (
	eciAuthenticated    = "05"
	eciAttempted        = "06"
	eciNotAuthenticated = "07"
)

// identification looks at what an order, or a stripe that was read or typed in, says
// of who gives it. A request that is declined already does not come to it.
func (d *decision) identification(before reason) (reason, error) {
	if before != approved || d.fromChip() {
		return approved, nil
	}
	o := &d.request.CardNotPresent
	switch o.ECI {
	case "", eciAuthenticated, eciAttempted, eciNotAuthenticated:
	default:
		return unknownECI, nil
	}
	if found, err := d.checkCID(o.CID); found != approved || err != nil {
		return found, err
	}
	// Its value is for the directory that made it to check.
	if (o.ECI == eciAuthenticated || o.ECI == eciAttempted) && len(o.AEVV) == 0 {
		return aevvMissing, nil
	}
	return approved, nil
}

// checkCID compares card identification digits with those of the card, and counts
// wrong ones.
func (d *decision) checkCID(given secret.Value) (reason, error) {
	switch {
	case given.IsZero() && d.config.Risk.RequireCID && d.channel == pinlife.Order:
		return cidMissing, nil
	case given.IsZero() || d.hasPINBlock() && d.channel == pinlife.Order: // refused for its PIN
		return approved, nil
	case d.record.CIDTries >= CIDTriesMax:
		return cidTriesExceeded, nil
	}
	want, err := d.config.Module.CID(d.card, d.record.Expiry, given.Len())
	switch {
	case errors.Is(err, hsm.ErrNoKey):
		return cidNotChecked, nil
	case err != nil:
		return approved, err
	case !want.Equal(given):
		d.record.CIDTries++
		return wrongCID, nil
	}
	d.record.CIDTries = 0
	return approved, nil
}
