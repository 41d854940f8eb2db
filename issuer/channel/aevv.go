package channel

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// AEVV tells an operator a verification value of an authentication of the cardholder,
// as a directory of the issuer would make it, for orders that are to be accepted. That
// it was told stands in the journal, before it is.
func (s *Service) AEVV(ctx context.Context, ref account.Ref, a hsm.Authentication) (hsm.AEVV, error) {
	var record store.Record
	_, err := s.operate(ctx, ref, "verification value of an order told", func(r *store.Record) (string, error) {
		record = *r
		return map[hsm.Authentication]string{hsm.Authenticated: "authenticated", hsm.Attempted: "attempted"}[a], nil
	})
	if err != nil {
		return hsm.AEVV{}, err
	}
	card, err := s.card(ref, &record)
	if err != nil {
		return hsm.AEVV{}, err
	}
	value, err := s.pins.MakeAEVV(card, a)
	if errors.Is(err, hsm.ErrNoKey) {
		return hsm.AEVV{}, refuse(NoCIDKey, err)
	}
	return value, err
}
