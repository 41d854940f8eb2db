package guard

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// Policy says what may be done to cards. The zero Policy takes a card for ours by
// its certificate alone and gives no consent.
type Policy struct {
	// EmulatedCardsOnly says that the reader never holds anything but cards that
	// this program emulates: nothing is kept from them.
	EmulatedCardsOnly bool
	// UsePINOnCard is consent to use a PIN on the card whose account number ends
	// with these four digits, though it is not ours. Empty is none.
	UsePINOnCard string
	// KnownKeys is how somebody proves to have the keys of a card that is not ours:
	// it reports whether they make the cryptogram of a request. Scripts may reach the
	// card then. Nil is nobody.
	KnownKeys func(*kernel.OnlineRequest) bool
}

// Guard watches over the cards of a reader.
type Guard struct {
	policy Policy
	testCA []oda.CAPublicKey
}

// New returns a guard.
func New(p Policy) (*Guard, error) {
	keys, err := profile.TestCAPublicKeys()
	if err != nil {
		return nil, fmt.Errorf("set up guard: %w", err)
	}
	return &Guard{policy: p, testCA: keys}, nil
}

// Watch begins with a card that has just been reset.
func (g *Guard) Watch(card hardware.Card) *Session {
	return &Session{guard: g, card: card, seen: nothingSeen()}
}

// Cardholder returns h, who is asked for no PIN that must not be used.
func (s *Session) Cardholder(h kernel.Cardholder) kernel.Cardholder { return cardholder{h, s} }

type cardholder struct {
	kernel.Cardholder
	session *Session
}

// PIN asks for a PIN where one may be used, and else says that it was skipped.
func (c cardholder) PIN(ctx context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	if !c.session.mayAskPIN(p) {
		c.session.withhold(ActionPINEntry)
		return kernel.Bypassed(), nil
	}
	return c.Cardholder.PIN(ctx, p)
}

// Online returns o, whose requests prove whether the keys of the card are known.
func (s *Session) Online(o kernel.Online) kernel.Online {
	if o == nil || s.guard.policy.KnownKeys == nil {
		return o
	}
	return online{o, s}
}

type online struct {
	kernel.Online
	session *Session
}

// Authorize looks at the request and passes it on.
func (o online) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	o.session.keysKnown = o.session.guard.policy.KnownKeys(r)
	return o.Online.Authorize(ctx, r)
}
