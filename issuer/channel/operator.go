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

// BlockCard stops an active card for a time. One that was not activated needs none: it
// is declined already, and after UnblockCard nobody would know that its holder has not
// activated it.
func (s *Service) BlockCard(ctx context.Context, ref account.Ref) (Status, error) {
	return s.move(ctx, ref, "card blocked", store.Blocked, func(was store.Status) error {
		if was != store.Active {
			return refuse(NotActive, reason(was.String()))
		}
		return nil
	})
}

// UnblockCard makes a blocked card active again. It is the only way back: a card that
// was reported lost or stolen is replaced, wherever it turns up.
func (s *Service) UnblockCard(ctx context.Context, ref account.Ref) (Status, error) {
	return s.move(ctx, ref, "card unblocked", store.Active, func(was store.Status) error {
		switch was {
		case store.Blocked:
			return nil
		case store.Lost, store.Stolen:
			return refuse(IsGone, reason(was.String()))
		}
		return refuse(NotBlocked, reason(was.String()))
	})
}

// ReportLost stops a card for good that its holder has lost. A card that was
// reported stolen becomes a lost one, where the report was mistaken.
func (s *Service) ReportLost(ctx context.Context, ref account.Ref) (Status, error) {
	return s.move(ctx, ref, "card reported lost", store.Lost, nil)
}

// ReportStolen stops a card for good that was stolen.
func (s *Service) ReportStolen(ctx context.Context, ref account.Ref) (Status, error) {
	return s.move(ctx, ref, "card reported stolen", store.Stolen, nil)
}

// CloseCard ends a card for ever, as when it is replaced by another, and the life of
// its PIN with it. docs/pin-lifecycle.md, section 3.
func (s *Service) CloseCard(ctx context.Context, ref account.Ref) (Status, error) {
	return s.operate(ctx, ref, "card closed", func(r *store.Record) (string, error) {
		if r.Status == store.Closed {
			return "", refuse(IsClosed, nil)
		}
		was := r.Status
		state, _ := r.PIN.Step(pinlife.CardClosed{})
		r.Status = store.Closed
		r.Advance(state)
		return wasDetail(was), nil
	})
}

// move gives a card another status. check refuses those that it does not have the
// way from; nil refuses none.
func (s *Service) move(ctx context.Context, ref account.Ref, kind string, to store.Status, check func(was store.Status) error) (Status, error) {
	return s.operate(ctx, ref, kind, func(r *store.Record) (string, error) {
		was := r.Status
		switch was {
		case store.Closed:
			return "", refuse(IsClosed, nil)
		case to:
			return "", refuse(AlreadySo, reason(was.String()))
		}
		if check != nil {
			if err := check(was); err != nil {
				return "", err
			}
		}
		r.Status = to
		return wasDetail(was), nil
	})
}

// wasDetail is what the journal says of a change of status.
func wasDetail(was store.Status) string { return "was " + was.String() }

// Retry lets a PIN that is held go out again, for an operator who has found out
// why it did not arrive.
func (s *Service) Retry(ctx context.Context, ref account.Ref) (Status, error) {
	return s.operate(ctx, ref, "PIN retried", func(r *store.Record) (string, error) {
		state, effects := r.PIN.Step(pinlife.OperatorRetry{})
		if err := refusalOf(effects); err != nil {
			return "", err
		}
		r.Advance(state)
		return "", nil
	})
}

// ResetTries forgets the wrong PINs that were sent online, and the wrong card
// identification digits. Those PINs that the chip counts are another matter: the
// holder's Unblock.
func (s *Service) ResetTries(ctx context.Context, ref account.Ref) (Status, error) {
	return s.operate(ctx, ref, "online tries reset", func(r *store.Record) (string, error) {
		r.Tries, r.CIDTries = 0, 0
		return "", nil
	})
}

// operate changes a record for an operator. change returns what the journal says of
// it, or a Refusal, with which it has changed nothing; that stands in the journal
// too.
func (s *Service) operate(ctx context.Context, ref account.Ref, kind string, change func(*store.Record) (detail string, err error)) (Status, error) {
	now := s.clock.Now().UTC()
	var done store.Record
	var refused error
	err := s.store.Update(ctx, ref, func(tx store.Tx) error {
		entry := store.Entry{At: now, Kind: kind, Actor: operator}
		if entry.Detail, refused = change(tx.Card()); refused != nil {
			entry.Kind, entry.Detail = kindRefused, kind+": "+refused.Error()
		}
		tx.Append(entry)
		done = *tx.Card()
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Status{}, refuse(NoCard, nil)
	case err != nil:
		return Status{}, fmt.Errorf("write card: %w", err)
	case refused != nil:
		_ = s.log.Log("event", kindRefused, "ref", ref, "who", operator, "action", kind, "why", refused)
		return Status{}, refused
	}
	_ = s.log.Log("event", kind, "ref", ref, "who", operator)
	return s.status(ref, done), nil
}
