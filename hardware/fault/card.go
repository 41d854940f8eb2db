package fault

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/hardware"
)

// Card returns a card that passes everything to inner, but for the faults of
// the plan. A pull takes the power off inner.
func (i *Injector) Card(inner hardware.Card) hardware.Card {
	_, outer := i.wrap(inner)
	return outer
}

// wrap returns the faulty card, and the same with the abilities of inner.
func (i *Injector) wrap(inner hardware.Card) (*card, hardware.Card) {
	c := &card{injector: i, inner: inner}
	var reset hardware.WarmResetter
	if r, ok := inner.(hardware.WarmResetter); ok {
		reset = warmReset{c, r}
	}
	var pad hardware.PINVerifier
	if v, ok := inner.(hardware.PINVerifier); ok {
		pad = pinPad{c, v}
	}
	return c, hardware.WithAbilities(c, reset, pad)
}

// card is one session with a card.
type card struct {
	injector *Injector
	inner    hardware.Card

	mu    sync.Mutex
	state state
}

// state is what a fault has made of a session.
type state uint8

const (
	sound  state = iota
	mute         // no answer until the next reset
	pulled       // no power
)

func (c *card) current() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *card) become(s state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = s
}

// ATR returns the answer to reset.
func (c *card) ATR() []byte { return c.inner.ATR() }

// Presentation returns how the card is held.
func (c *card) Presentation() hardware.Presentation { return hardware.PresentationOf(c.inner) }

// PowerOff ends the session. After a pull there is nothing left to end.
func (c *card) PowerOff() error {
	if c.current() == pulled {
		return nil
	}
	return c.inner.PowerOff()
}

// Transmit passes a command on, with the faults that are due.
func (c *card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return c.exchange(ctx, command, c.inner.Transmit)
}

// transmission is Transmit of a card or VerifyPIN of a reader.
type transmission func(ctx context.Context, command []byte) (response []byte, err error)

// exchange counts the command, sends it and brings back the answer. Commands to
// a card that a fault has silenced do not count: nothing is sent.
func (c *card) exchange(ctx context.Context, command []byte, send transmission) ([]byte, error) {
	if c.current() != sound {
		return nil, errSilent
	}
	o := c.injector.arrive(command)
	if len(o.due) == 0 {
		return send(ctx, command)
	}
	command = bytes.Clone(command)
	defer clear(command) // it may hold a PIN
	answer, err := c.before(ctx, o, command)
	if err != nil {
		return nil, err
	}
	if answer == nil {
		if answer, err = send(ctx, command); err != nil {
			return nil, err
		}
		answer = bytes.Clone(answer)
	}
	return c.after(o, answer)
}

// errSilent is what comes from a card that was pulled or is mute.
var errSilent = fmt.Errorf("carry out fault: %w", hardware.ErrCardRemoved)

// before lets the faults strike that work on the way to the card. The answer is
// not nil where the command is swallowed.
func (c *card) before(ctx context.Context, o occasion, command []byte) (answer []byte, err error) {
	for n, f := range o.faults {
		switch f.Action {
		case Delay:
			o.strike(n)
			if err := c.injector.wait(ctx, f.Delay); err != nil {
				return nil, err
			}
		case AlterCommand:
			if alter(command, f) {
				o.strike(n)
			}
		case Swallow:
			o.strike(n)
			answer = bytes.Clone(f.Bytes)
		case PullBefore:
			o.strike(n)
			return nil, c.pull()
		case MuteBefore:
			o.strike(n)
			return nil, c.silence()
		}
	}
	return answer, nil
}

// after lets the faults strike that work on the way back.
func (c *card) after(o occasion, answer []byte) ([]byte, error) {
	for n, f := range o.faults {
		switch f.Action {
		case AlterResponse:
			if alter(answer, f) {
				o.strike(n)
			}
		case Status:
			o.strike(n)
			answer = bytes.Clone(f.Bytes)
		case PullAfter:
			o.strike(n)
			return nil, c.pull()
		case MuteAfter:
			o.strike(n)
			return nil, c.silence()
		}
	}
	return answer, nil
}

// alter combines the mask with b and reports whether b is long enough for it.
func alter(b []byte, f Fault) bool {
	if len(b) < f.Offset+len(f.Bytes) {
		return false
	}
	for i, m := range f.Bytes {
		b[f.Offset+i] ^= m
	}
	return true
}

// pull takes the power off the card.
func (c *card) pull() error {
	c.become(pulled)
	_ = c.inner.PowerOff() // the card is out, whatever it says
	return errSilent
}

func (c *card) silence() error {
	c.become(mute)
	return errSilent
}

// warmReset is the ability to reset the card inside.
type warmReset struct {
	card  *card
	inner hardware.WarmResetter
}

// WarmReset brings back a card that was mute.
func (w warmReset) WarmReset(ctx context.Context) ([]byte, error) {
	if w.card.current() == pulled {
		return nil, errSilent
	}
	atr, err := w.inner.WarmReset(ctx)
	if err == nil {
		w.card.become(sound)
	}
	return atr, err
}

// pinPad is the ability of a reader to have the PIN entered.
type pinPad struct {
	card  *card
	inner hardware.PINVerifier
}

// VerifyPIN counts as the command that it sends.
func (p pinPad) VerifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	return p.card.exchange(ctx, template, p.inner.VerifyPIN)
}
