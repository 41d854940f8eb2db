package channel

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// operator is how the journal names who works at the issuer.
const operator = "operator"

// Retry lets a PIN that is held go out again, for an operator who has found out
// why it did not arrive.
func (s *Service) Retry(ctx context.Context, ref account.Ref) (Status, error) {
	return s.operate(ctx, ref, "PIN retried", func(r *store.Record) error {
		state, effects := r.PIN.Step(pinlife.OperatorRetry{})
		if err := refusalOf(effects); err != nil {
			return err
		}
		r.Advance(state)
		return nil
	})
}

// ResetTries forgets the wrong PINs that were sent online. Those that the chip
// counts are another matter: Unblock.
func (s *Service) ResetTries(ctx context.Context, ref account.Ref) (Status, error) {
	return s.operate(ctx, ref, "online tries reset", func(r *store.Record) error {
		r.Tries = 0
		return nil
	})
}

// operate changes a record for an operator.
func (s *Service) operate(ctx context.Context, ref account.Ref, kind string, change func(*store.Record) error) (Status, error) {
	now := s.clock.Now().UTC()
	var done store.Record
	err := s.store.Update(ctx, ref, func(tx store.Tx) error {
		if err := change(tx.Card()); err != nil {
			return err
		}
		tx.Append(store.Entry{At: now, Kind: kind, Actor: operator})
		done = *tx.Card()
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Status{}, refuse(NoCard, nil)
	case err != nil:
		return Status{}, fmt.Errorf("write card: %w", err)
	}
	_ = s.log.Log("event", kind, "ref", ref, "who", operator)
	return s.status(ref, done), nil
}
