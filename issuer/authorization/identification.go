package authorization

import (
	"errors"

	"github.com/f510b0cf/till/emv"
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
	right, found, err := d.checkCID(o.CID)
	if found == approved && err == nil {
		found, err = d.checkAEVV(o.ECI, o.AEVV)
	}
	if right && found == approved && err == nil { // not before: who has the digits could try all values else
		d.record.CIDTries = 0
	}
	return found, err
}

// results are the results of an authentication that indicators stand for.
var results = map[string]hsm.Authentication{eciAuthenticated: hsm.Authenticated, eciAttempted: hsm.Attempted}

// checkAEVV looks at the verification value of an order whose holder is said to have been
// authenticated. Its code has three digits, so that wrong ones are counted, with wrong
// identification digits.
func (d *decision) checkAEVV(eci string, value []byte) (reason, error) {
	want, needed := results[eci]
	switch {
	case !needed || d.hasPINBlock() && d.channel == pinlife.Order: // refused for its PIN
		return approved, nil
	case len(value) == 0:
		return aevvMissing, nil
	case d.config.Risk.AcceptAnyAEVV:
		return approved, nil
	case d.record.CIDTries >= CIDTriesMax:
		return aevvTriesExceeded, nil
	}
	switch err := d.config.Module.CheckAEVV(d.card, value); {
	case errors.Is(err, hsm.ErrNoKey):
		return aevvNotChecked, nil
	case errors.Is(err, emv.ErrMalformed), errors.Is(err, emv.ErrWrongMAC), err == nil && hsm.AEVV(value).Result() != want:
		d.record.CIDTries++
		return wrongAEVV, nil
	default:
		return approved, err
	}
}

// checkCID compares card identification digits with those of the card, and counts
// wrong ones. right says that right ones were given.
func (d *decision) checkCID(given secret.Value) (right bool, found reason, err error) {
	switch {
	case given.IsZero() && d.config.Risk.RequireCID && d.channel == pinlife.Order:
		return false, cidMissing, nil
	case given.IsZero() || d.hasPINBlock() && d.channel == pinlife.Order: // refused for its PIN
		return false, approved, nil
	case d.record.CIDTries >= CIDTriesMax:
		return false, cidTriesExceeded, nil
	}
	want, err := d.config.Module.CID(d.card, d.record.Expiry, given.Len())
	switch {
	case errors.Is(err, hsm.ErrNoKey):
		return false, cidNotChecked, nil
	case err != nil:
		return false, approved, err
	case !want.Equal(given):
		d.record.CIDTries++
		return false, wrongCID, nil
	}
	return true, approved, nil
}
