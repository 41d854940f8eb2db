package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// DefaultRefusals is how many refusals of a member on one card get a line of the
// journal each: twenty in a row, and then one in a minute. Those between are counted
// in a line.
func DefaultRefusals() member.Pace { return member.Pace{AtOnce: 20, Every: time.Minute} }

// refusals bound the lines of the journal that refusals make, so that who has a login
// can not fill the disk with them.
type refusals struct {
	pace  member.Pace
	lock  sync.Mutex
	known map[refusedOn]*refusedSoFar
}

// refusedOn is what refusals are counted by.
type refusedOn struct {
	member member.ID
	card   account.Ref
}

type refusedSoFar struct {
	full    time.Time // member.Pace
	untold  int       // refusals without a line
	who     string    // asked last, of those
	what    string    // it was
	pending bool      // a line that counts is to come
}

// take reports whether a refusal gets a line of its own. Else it is counted, and where
// it is the first such, wait is for how long; then counted is to be asked.
func (r *refusals) take(on refusedOn, now time.Time, who, what string) (own bool, wait time.Duration) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.forget(now)
	so := r.known[on]
	if so == nil {
		so = new(refusedSoFar)
		r.known[on] = so
	}
	next, wait := r.pace.Take(so.full, now)
	if wait == 0 && !so.pending {
		so.full = next
		return true, 0
	}
	so.untold, so.who, so.what = so.untold+1, who, what
	if so.pending {
		return false, 0
	}
	so.pending = true
	return false, wait
}

// forget drops what is as if nothing had been refused.
func (r *refusals) forget(now time.Time) {
	if r.known == nil {
		r.known = map[refusedOn]*refusedSoFar{}
	}
	for on, so := range r.known {
		if !so.pending && !so.full.After(now) {
			delete(r.known, on)
		}
	}
}

// counted returns what was refused without a line, which is one of the pace now.
func (r *refusals) counted(on refusedOn, now time.Time) (who, text string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	so := r.known[on]
	so.full, _ = r.pace.Take(so.full, now)
	who, text = so.who, fmt.Sprintf("%d more, the last: %s", so.untold, so.what)
	so.untold, so.pending = 0, false
	return who, text
}

// refused writes a refusal into the journal and returns it. Any other error is
// returned as it is.
func (s *Service) refused(ctx context.Context, a Asked, v verb, cause error) error {
	var r *Refusal
	if !errors.As(cause, &r) {
		return fmt.Errorf("%s: %w", v.action, cause)
	}
	on, what := refusedOn{a.Member, a.Card}, v.action.String()+": "+r.Error()
	own, wait := s.refusals.take(on, s.clock.Now(), a.actor(), what)
	switch {
	case wait > 0:
		s.clock.AfterFunc(wait, func() { s.countRefused(on) })
	case own:
		if err := s.noteRefused(ctx, on, a.actor(), what); err != nil {
			return err
		}
	}
	return r
}

// countRefused writes the line for refusals that had none.
func (s *Service) countRefused(on refusedOn) {
	who, text := s.refusals.counted(on, s.clock.Now())
	if err := s.noteRefused(context.Background(), on, who, text); err != nil {
		_ = s.log.Log("event", "failed", "what", "count refusals", "ref", on.card, "who", who, "why", text, "err", err)
	}
}

func (s *Service) noteRefused(ctx context.Context, on refusedOn, who, what string) error {
	now := s.clock.Now().UTC()
	err := s.store.Update(ctx, on.card, func(tx store.Tx) error {
		tx.Append(store.Entry{At: now, Kind: kindRefused, Actor: who, Detail: what})
		return nil
	})
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	_ = s.log.Log("event", kindRefused, "ref", on.card, "who", who, "why", what)
	return nil
}
