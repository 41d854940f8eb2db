package channel

import (
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// PINs is what the service needs of the issuer's security module. hsm.Module has
// the words for each of them.
type PINs interface {
	Ref(pan account.PAN, n account.SequenceNumber) account.Ref
	OpenPAN(ref account.Ref, sealed []byte) (account.PAN, error)
	AcceptPIN(c hsm.Card, g pinlife.Generation, digits secret.Value, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error)
	TransportKey() (hsm.TransportKey, error)
	AcceptTransported(c hsm.Card, g pinlife.Generation, t hsm.TransportedPIN, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error)
	CID(c hsm.Card, expiry account.Expiry, digits int) (secret.Value, error)
	MakeAEVV(c hsm.Card, a hsm.Authentication) (hsm.AEVV, error)
}

// chosen has the security module check and seal what a holder chose, in whatever
// form it came.
type chosen func(c hsm.Card, g pinlife.Generation, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error)

// digitsChosen is a PIN that came as digits.
func (s *Service) digitsChosen(digits secret.Value) chosen {
	return func(c hsm.Card, g pinlife.Generation, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error) {
		return s.pins.AcceptPIN(c, g, digits, live, personal...)
	}
}

// transportedChosen is a PIN that came enciphered from the holder's device.
func (s *Service) transportedChosen(t hsm.TransportedPIN) chosen {
	return func(c hsm.Card, g pinlife.Generation, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error) {
		return s.pins.AcceptTransported(c, g, t, live, personal...)
	}
}

// card returns the card of a record as the security module knows it.
func (s *Service) card(ref account.Ref, r *store.Record) (hsm.Card, error) {
	pan, err := s.pins.OpenPAN(ref, r.PAN)
	if err != nil {
		return hsm.Card{}, fmt.Errorf("open account: %w", err)
	}
	return hsm.Card{
		PAN: pan, SequenceNumber: r.SequenceNumber, KeySet: r.Chip.KeySet,
		Option: r.Chip.Option, Cryptogram: r.Chip.Cryptogram, Script: r.Chip.Script,
	}, nil
}
