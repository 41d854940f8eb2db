package channel

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
)

// PINKey is what a holder's device needs to encipher a PIN for one request.
type PINKey struct {
	Key       hsm.TransportKey
	Card      account.Ref // the token that binds the PIN to its card
	Challenge hsm.Challenge
	Expires   time.Time
}

// PINKey gives out a challenge for a card of the member's own.
func (s *Service) PINKey(ctx context.Context, a Asked) (PINKey, error) {
	if _, _, err := s.look(ctx, a, verb{action: member.SeePINStatus}); err != nil {
		return PINKey{}, err
	}
	key, err := s.pins.TransportKey()
	if err != nil {
		return PINKey{}, err
	}
	challenge, expires := s.challenges.give(a, s.clock.Now())
	return PINKey{Key: key, Card: a.Card, Challenge: challenge, Expires: expires}, nil
}

// CreateTransportedPIN is CreatePIN for a PIN that the holder's device enciphered.
func (s *Service) CreateTransportedPIN(ctx context.Context, a Asked, t hsm.TransportedPIN) (Status, error) {
	if err := s.takeChallenge(ctx, a, member.CreatePIN, t); err != nil {
		return Status{}, err
	}
	return s.createPIN(ctx, a, s.transportedChosen(t))
}

// ChangeTransportedPIN is ChangePIN for a PIN that the holder's device enciphered.
func (s *Service) ChangeTransportedPIN(ctx context.Context, a Asked, t hsm.TransportedPIN) (Status, error) {
	if err := s.takeChallenge(ctx, a, member.ChangePIN, t); err != nil {
		return Status{}, err
	}
	return s.changePIN(ctx, a, s.transportedChosen(t))
}

// takeChallenge takes the challenge of a request, which nobody can take again. One
// that the member has no business with is refused as any other verb is.
func (s *Service) takeChallenge(ctx context.Context, a Asked, action member.Action, t hsm.TransportedPIN) error {
	v := verb{action: action}
	if _, _, err := s.look(ctx, a, v); err != nil {
		s.observe(Event{Asked: a, Action: action, Err: err})
		return err
	}
	if s.challenges.take(a, t.Challenge, s.clock.Now()) {
		return nil
	}
	err := s.refused(ctx, a, v, refuse(SealRefused, nil))
	s.observe(Event{Asked: a, Action: action, Err: err})
	return err
}

const (
	challengeLife = 5 * time.Minute
	challengesMax = 8 // of one member and card; a further one takes the place of the oldest
)

// challenges are those that were given out and not taken. They are lost with the
// process, and so is the transport key.
type challenges struct {
	lock  sync.Mutex
	given map[challenged][]given
}

type challenged struct {
	member member.ID
	card   account.Ref
}

type given struct {
	challenge hsm.Challenge
	expires   time.Time
}

// give draws a challenge.
func (c *challenges) give(a Asked, now time.Time) (hsm.Challenge, time.Time) {
	g := given{expires: now.Add(challengeLife).UTC()}
	_, _ = rand.Read(g.challenge[:]) // never fails
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.given == nil {
		c.given = map[challenged][]given{}
	}
	key := challenged{a.Member, a.Card}
	all := append(c.given[key], g)
	c.given[key] = all[max(0, len(all)-challengesMax):]
	return g.challenge, g.expires
}

// take reports whether a challenge was given out for this member and card, and is
// not too old, and forgets it.
func (c *challenges) take(a Asked, wanted hsm.Challenge, now time.Time) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	key := challenged{a.Member, a.Card}
	i := slices.IndexFunc(c.given[key], func(g given) bool { return g.challenge == wanted })
	if i < 0 {
		return false
	}
	fresh := now.Before(c.given[key][i].expires)
	c.given[key] = slices.Delete(c.given[key], i, i+1)
	return fresh
}
