package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
)

// openPINChange is PIN CHANGE/UNBLOCK, once in a transaction. PIN, try counter and
// evidence change in one commit. A PIN that was never set is not unblocked. EMV
// Book 3, 6.5.10.
func openPINChange(s *session, c apdu.Command, secure script.Session) (effect, error) {
	limit, current := s.application().PINTryLimit, s.remembered().pin
	newPIN, err := secure.OpenPINChange(c, current)
	switch {
	case err != nil:
		return effect{}, err
	case newPIN.IsZero() && current.IsZero():
		return effect{}, script.Refuse(apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock, "the card has no PIN to unblock")
	case newPIN.IsZero():
		newPIN = current
	}
	return effect{pin: true, change: func(a *applicationState) { a.pin, a.triesLeft = newPIN, limit }}, nil
}
