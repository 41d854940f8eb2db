package card

import (
	"io"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
)

// getChallenge gives an unpredictable number for the next command. EMV Book 3,
// 6.5.6.
func (s *session) getChallenge(c apdu.Command) ([]byte, apdu.SW) {
	switch {
	case c.P1 != 0 || c.P2 != 0:
		return nil, apdu.SWWrongP1P2
	case len(c.Data) > 0:
		return nil, apdu.SWWrongLength
	}
	var fresh oda.Challenge
	if _, err := io.ReadFull(s.icc.rand, fresh[:]); err != nil {
		return nil, apdu.SWExecutionError
	}
	s.challenge = &fresh
	return fresh[:], apdu.SWSuccess
}
