package card

import (
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
)

// The qualifiers of the PIN in P2 of VERIFY. EMV Book 3, 6.5.12.
const (
	pinPlaintext  = 0x80
	pinEnciphered = 0x88
)

// pinBlockSize is the length in bytes of a plaintext PIN block.
const pinBlockSize = 8

// verify is VERIFY with a plaintext or an enciphered PIN. A try is taken off the
// counter, for good, before the PIN is looked at, and given back after a match:
// so nobody gains a try by cutting the power. What can not be deciphered or is
// no PIN block is a wrong PIN. EMV Book 3, 6.5.12 and Book 2, 7.2.
func (s *session) verify(c apdu.Command) ([]byte, apdu.SW) {
	if sw := s.checkVerify(c); sw != apdu.SWSuccess {
		return nil, sw
	}
	if sw := s.update(WritePINTry, func(a *applicationState) { a.triesLeft-- }); sw != apdu.SWSuccess {
		return nil, sw
	}
	s.transaction.pinPerformed, s.transaction.pinEnciphered = true, c.P2 == pinEnciphered
	s.transaction.pinFailed = !s.matches(c)
	if s.transaction.pinFailed {
		return nil, apdu.VerifyFailed(int(s.remembered().triesLeft))
	}
	limit := s.application().PINTryLimit
	return nil, s.update(WritePINGood, func(a *applicationState) { a.triesLeft = limit })
}

// checkVerify refuses what is not compared with the PIN and costs no try.
func (s *session) checkVerify(c apdu.Command) apdu.SW {
	size := pinBlockSize
	key := s.application().pinKey()
	if c.P2 == pinEnciphered && !key.IsZero() {
		size = key.Public().Size()
	} else if c.P2 != pinPlaintext {
		return apdu.SWWrongP1P2
	}
	switch a := s.remembered(); {
	case c.P1 != 0:
		return apdu.SWWrongP1P2
	case len(c.Data) != size:
		return apdu.SWWrongLength
	case a.pin.IsZero():
		return apdu.SWReferenceDataInvalid
	case a.triesLeft == 0:
		return apdu.SWAuthenticationBlocked
	case c.P2 == pinEnciphered && s.given == nil:
		return apdu.SWConditionsNotSatisfied
	}
	return apdu.SWSuccess
}

// matches reports whether the data of VERIFY is the PIN of the card.
func (s *session) matches(c apdu.Command) bool {
	block, err := s.pinBlock(c)
	if err != nil {
		return false
	}
	entered, err := pin.Decode(pin.Format2, block, account.PAN{})
	return err == nil && entered.Equal(s.remembered().pin)
}

func (s *session) pinBlock(c apdu.Command) (pin.Block, error) {
	if c.P2 == pinPlaintext {
		return pin.ParseBlock(c.Data)
	}
	return oda.DecipherPIN(s.application().pinKey(), c.Data, *s.given)
}
