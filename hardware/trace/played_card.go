package trace

import (
	"context"
	"slices"

	"github.com/f510b0cf/till/hardware"
)

// playedCard is a session with a Player.
type playedCard struct {
	player       *Player
	atr          []byte
	presentation hardware.Presentation
}

// ATR returns the recorded answer to reset.
func (c *playedCard) ATR() []byte { return slices.Clone(c.atr) }

// Presentation returns how the card is held now.
func (c *playedCard) Presentation() hardware.Presentation { return c.presentation }

// Transmit returns the recorded answer. The error wraps ErrMismatch where the
// command is not the recorded one, and else is of the kind that was recorded.
func (c *playedCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.player.play(c, exchange, command)
}

// PowerOff ends the session.
func (c *playedCard) PowerOff() error {
	c.player.mu.Lock()
	defer c.player.mu.Unlock()
	if c.player.session == c {
		c.player.session = nil
	}
	return nil
}

// playedReset is a session with a recording that has a warm reset.
type playedReset struct{ card *playedCard }

// WarmReset returns the recorded answer to reset.
func (r playedReset) WarmReset(context.Context) ([]byte, error) {
	return r.card.player.play(r.card, warmReset, nil)
}

// playedPINPad is a session with a recording of a reader that took the PIN.
type playedPINPad struct{ card *playedCard }

// VerifyPIN returns the recorded answer.
func (v playedPINPad) VerifyPIN(_ context.Context, template []byte) ([]byte, error) {
	return v.card.player.play(v.card, pinPad, template)
}
