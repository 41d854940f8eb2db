package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// Kinds of journal entries.
const (
	kindActivated = "card activated"
	kindCreated   = "PIN created"
	kindChanged   = "PIN changed"
	kindUnblock   = "PIN unblock asked"
	kindRefused   = "refused"
)

// Activate makes a delivered card usable. One that is active stays so.
// docs/pin-lifecycle.md, section 1.
func (s *Service) Activate(ctx context.Context, a Asked) (Status, error) {
	return s.do(ctx, a, verb{action: member.ActivateCard, kind: kindActivated, decide: func(_ context.Context, r *store.Record) (string, error) {
		switch r.Status {
		case store.Active:
			return "", nil
		case store.NotActivated:
			r.Status = store.Active
			return r.Status.String(), nil
		}
		return "", refuse(NotUsable, reason(r.Status.String()))
	}})
}

// CreatePIN sets the first PIN, or the one to be set again after a restore. It is
// pending until the chip has it.
func (s *Service) CreatePIN(ctx context.Context, a Asked, digits secret.Value) (Status, error) {
	return s.createPIN(ctx, a, s.digitsChosen(digits))
}

func (s *Service) createPIN(ctx context.Context, a Asked, c chosen) (Status, error) {
	return s.setPIN(ctx, a, c, member.CreatePIN, kindCreated, free, func(g pinlife.Generation, _ bool) pinlife.Event {
		return pinlife.PINCreated{Generation: g}
	})
}

// ChangePIN sets a new PIN, as often as the holder likes, but no faster than
// Config.Changes. It is pending until the chip has it; going back to the PIN before
// calls off a change that did not go out.
func (s *Service) ChangePIN(ctx context.Context, a Asked, digits secret.Value) (Status, error) {
	return s.changePIN(ctx, a, s.digitsChosen(digits))
}

// MayChangePIN refuses who may not change the PIN of a card, before he is asked for his
// password.
func (s *Service) MayChangePIN(ctx context.Context, a Asked) error {
	_, _, err := s.look(ctx, a, verb{action: member.ChangePIN})
	if err != nil {
		s.observe(Event{Asked: a, Action: member.ChangePIN, Err: err})
	}
	return err
}

func (s *Service) changePIN(ctx context.Context, a Asked, c chosen) (Status, error) {
	return s.setPIN(ctx, a, c, member.ChangePIN, kindChanged, s.paceChange, func(g pinlife.Generation, equalsReference bool) pinlife.Event {
		return pinlife.PINChanged{Generation: g, EqualsReference: equalsReference}
	})
}

// event makes the event of a PIN that gets a generation.
type event func(g pinlife.Generation, equalsReference bool) pinlife.Event

// pace counts a request in the record, or refuses it.
type pace func(r *store.Record) error

// free counts nothing: a PIN that is created is compared with none.
func free(*store.Record) error { return nil }

// paceChange counts a change. It stands in the record with what the change did, so
// that neither requests at the same time nor a restart give more of them.
func (s *Service) paceChange(r *store.Record) error {
	next, wait := s.changes.Take(r.ChangesFull, s.clock.Now())
	if wait > 0 {
		return &Refusal{Code: TooOften, Wait: wait}
	}
	r.ChangesFull = next.UTC().Truncate(time.Millisecond)
	return nil
}

func (s *Service) setPIN(ctx context.Context, a Asked, c chosen, action member.Action, kind string, p pace, e event) (Status, error) {
	return s.do(ctx, a, verb{action: action, kind: kind,
		decide: func(ctx context.Context, r *store.Record) (string, error) {
			if err := usable(r.Status); err != nil {
				return "", err
			}
			if err := p(r); err != nil {
				return "", err
			}
			return s.decidePIN(ctx, a, r, c, e)
		},
		same: func(ctx context.Context, r *store.Record, detail string) (bool, error) {
			return s.askedFor(ctx, a, r, detail, c)
		},
	})
}

// decidePIN takes the record through the event of a PIN.
func (s *Service) decidePIN(ctx context.Context, a Asked, r *store.Record, c chosen, e event) (string, error) {
	accepted, err := s.acceptFor(ctx, a, r, c)
	if err != nil {
		return "", err
	}
	g := accepted.PIN.Generation
	state, effects := r.PIN.Step(e(g, slices.Contains(accepted.Equals, r.PIN.Reference())))
	if err := refusalOf(effects); err != nil {
		return "", err
	}
	r.SetPIN(accepted.PIN)
	r.Advance(state)
	return generationDetail(g), nil
}

// acceptFor has a PIN checked and sealed, with what the holder must not choose.
func (s *Service) acceptFor(ctx context.Context, a Asked, r *store.Record, c chosen) (hsm.AcceptedPIN, error) {
	holder, err := s.store.Members().Get(ctx, r.Holder)
	if err != nil {
		return hsm.AcceptedPIN{}, fmt.Errorf("read holder: %w", err)
	}
	var personal []secret.Value
	if b := holder.Birth; !b.IsZero() {
		personal = pin.DateForms(b.Year, b.Month, b.Day)
	}
	card, err := s.card(a.Card, r)
	if err != nil {
		return hsm.AcceptedPIN{}, err
	}
	accepted, err := c(card, r.PIN.Next(), r.PINs, personal...)
	switch {
	case errors.Is(err, hsm.ErrTransport):
		return accepted, refuse(SealRefused, nil)
	case errors.Is(err, hsm.ErrWeakPIN):
		return accepted, refuse(WeakPIN, nil)
	case errors.Is(err, hsm.ErrPINForm):
		return accepted, refuse(BadPIN, nil)
	}
	return accepted, err
}

// usable refuses a card that will not come back.
func usable(s store.Status) error {
	switch s {
	case store.NotActivated, store.Active, store.Blocked:
		return nil
	}
	return refuse(NotUsable, reason(s.String()))
}

// generationDetail is what the journal says of a PIN.
func generationDetail(g pinlife.Generation) string {
	return "generation " + strconv.FormatUint(uint64(g), 10)
}

// askedFor reports whether the PIN is that of a request that was carried out.
// Where that generation is no longer kept, a later one took its place, and the
// request is taken for the same.
func (s *Service) askedFor(ctx context.Context, a Asked, r *store.Record, detail string, c chosen) (bool, error) {
	kept := slices.IndexFunc(r.PINs, func(p hsm.SealedPIN) bool { return generationDetail(p.Generation) == detail })
	if kept < 0 {
		return true, nil
	}
	accepted, err := s.acceptFor(ctx, a, r, c)
	if refused := (*Refusal)(nil); errors.As(err, &refused) {
		return false, nil // the one that was carried out was not refused
	}
	return slices.Contains(accepted.Equals, r.PINs[kept].Generation), err
}

// Unblock asks for new PIN tries on the chip; they come with the next insertion.
func (s *Service) Unblock(ctx context.Context, a Asked) (Status, error) {
	return s.do(ctx, a, verb{action: member.UnblockPIN, kind: kindUnblock, decide: func(_ context.Context, r *store.Record) (string, error) {
		if err := usable(r.Status); err != nil {
			return "", err
		}
		state, effects := r.PIN.Step(pinlife.UnblockAsked{})
		if err := refusalOf(effects); err != nil {
			return "", err
		}
		r.Advance(state)
		return "waits for the card", nil
	}})
}

// seeStatus is the verb that changes nothing.
var seeStatus = verb{action: member.SeePINStatus, decide: func(context.Context, *store.Record) (string, error) { return "", nil }}

// Status tells how card and PIN stand.
func (s *Service) Status(ctx context.Context, a Asked) (Status, error) {
	return s.do(ctx, a, seeStatus)
}

// Follow is Status for a page that is open. It is not observed: nobody asks.
func (s *Service) Follow(ctx context.Context, a Asked) (Status, error) {
	return s.decide(ctx, a, seeStatus)
}
