package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
)

// openApplicationBlock is APPLICATION BLOCK: SELECT answers 6283 and GENERATE AC
// gives AACs, from this transaction on. EMV Book 3, 6.5.1.
func openApplicationBlock(_ *session, c apdu.Command, secure script.Session) (effect, error) {
	return effect{change: func(a *applicationState) { a.raise(applicationBlocked) }}, openBare(c, secure)
}

// openApplicationUnblock is APPLICATION UNBLOCK. EMV Book 3, 6.5.2.
func openApplicationUnblock(_ *session, c apdu.Command, secure script.Session) (effect, error) {
	return effect{change: func(a *applicationState) { a.flags &^= applicationBlocked }}, openBare(c, secure)
}

// openCardBlock is CARD BLOCK, for ever: SELECT answers 6A81 whatever it asks for.
// EMV Book 3, 6.5.3.
func openCardBlock(_ *session, c apdu.Command, secure script.Session) (effect, error) {
	return effect{change: func(*applicationState) {}, blockCard: true}, openBare(c, secure)
}

// openBare checks a command that has a MAC and no other data.
func openBare(c apdu.Command, secure script.Session) error {
	if c.P1 != 0 || c.P2 != 0 {
		return script.Refuse(apdu.SWWrongP1P2, emv.ErrMalformed, "P1 P2 %02X%02X", c.P1, c.P2)
	}
	if len(c.Data) > secure.Style.MACLength {
		return script.Refuse(apdu.SWWrongLength, emv.ErrMalformed, "%d data bytes, want %d", len(c.Data), secure.Style.MACLength)
	}
	_, err := secure.VerifyMAC(c)
	return err
}
