package channel

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// CID tells an operator the test card identification digits of a card, 3 to 5 of
// them, for orders that are to be accepted. That they were told stands in the
// journal, before they are.
func (s *Service) CID(ctx context.Context, ref account.Ref, digits int) (secret.Value, error) {
	if digits < hsm.CIDDigitsMin || digits > hsm.CIDDigitsMax {
		return secret.Value{}, refuse(BadDigits, nil)
	}
	var record store.Record
	_, err := s.operate(ctx, ref, "card identification digits told", func(r *store.Record) (string, error) {
		record = *r
		return fmt.Sprintf("%d digits", digits), nil
	})
	if err != nil {
		return secret.Value{}, err
	}
	card, err := s.card(ref, &record)
	if err != nil {
		return secret.Value{}, err
	}
	cid, err := s.pins.CID(card, record.Expiry, digits)
	if errors.Is(err, hsm.ErrNoKey) {
		return secret.Value{}, refuse(NoCIDKey, err)
	}
	return cid, err
}
