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
	OpenPAN(ref account.Ref, sealed []byte) (account.PAN, error)
	CID(c hsm.Card, expiry account.Expiry, digits int) (secret.Value, error)
	AcceptPIN(c hsm.Card, g pinlife.Generation, digits secret.Value, live []hsm.SealedPIN, personal ...secret.Value) (hsm.AcceptedPIN, error)
}

// accept has a PIN checked and sealed for the card of a record.
func (s *Service) accept(ref account.Ref, r *store.Record, digits secret.Value, personal []secret.Value) (hsm.AcceptedPIN, error) {
	card, err := s.card(ref, r)
	if err != nil {
		return hsm.AcceptedPIN{}, err
	}
	return s.pins.AcceptPIN(card, r.PIN.Next(), digits, r.PINs, personal...)
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
