package ivr

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
)

// do does a task and returns what came of it; nil where that comes later.
func (c *Call) do(ctx context.Context, t Task) Event {
	service := c.line.config.Service
	asked := c.caller.Asked("")
	switch t {
	case Identify:
		return c.identify(ctx)
	case Activate:
		st, err := service.Activate(ctx, asked)
		return c.done(st, err, CardActive)
	case CreatePIN:
		first, again := c.keys.take(PIN), c.keys.take(PINAgain)
		if !first.Equal(again) {
			return Done{Mismatch, c.state.Card}
		}
		st, err := service.CreatePIN(ctx, asked, first)
		return c.done(st, err, PINCreated)
	case Unlock:
		st, err := service.Unblock(ctx, asked)
		return c.done(st, err, UnlockAsked)
	case CallCare:
		c.waited = c.line.config.Clock.Now()
		_ = c.line.config.Log.Log("event", "call waits for an agent", "number", c.Number)
	}
	return nil
}

// identify identifies the caller by what he entered.
func (c *Call) identify(ctx context.Context) Event {
	number, code := c.keys.take(CardNumber), c.keys.take(Code)
	var pan account.PAN
	var err error
	number.Open(func(digits []byte) { pan, err = account.ParsePAN(digits) })
	if err != nil {
		return NotIdentified{}
	}
	caller, err := c.line.config.Service.IdentifyCaller(ctx, pan, code)
	if err != nil {
		_, refused := refusal(err)
		if !refused {
			c.line.broke(c, err)
		}
		return NotIdentified{Broken: !refused}
	}
	card, err := c.enter(ctx, caller)
	if err != nil {
		return NotIdentified{Broken: true}
	}
	return Identified{card}
}

// enter takes a caller for the holder of a card.
func (c *Call) enter(ctx context.Context, caller channel.Caller) (Standing, error) {
	st, err := c.line.config.Service.Status(ctx, caller.Asked(""))
	if err != nil {
		c.line.broke(c, err)
		return Standing{}, err
	}
	c.caller = caller
	return standing(st), nil
}

// outcomes are what refusals mean for a caller; all others are NotUsable.
var outcomes = map[channel.Code]Outcome{
	channel.WeakPIN: WeakPIN, channel.BadPIN: WeakPIN,
	channel.PINExists: PINExists, channel.NoPIN: NoPIN, channel.Busy: OutOfOrder,
}

// done turns the answer of the service into an event.
func (c *Call) done(st channel.Status, err error, fine Outcome) Event {
	if err == nil {
		return Done{fine, standing(st)}
	}
	code, refused := refusal(err)
	if !refused {
		c.line.broke(c, err)
		return Done{OutOfOrder, c.state.Card}
	}
	outcome, known := outcomes[code]
	if !known {
		outcome = NotUsable
	}
	return Done{outcome, c.state.Card}
}

// waiting returns how the call waits for an agent.
func (c *Call) waiting() (Waiting, bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return Waiting{Number: c.Number, Since: c.waited, Identified: c.state.Identified}, c.state.Step == WithCare
}

// identifyBy identifies the caller by what he answers to an agent. Wrong answers are
// counted in the call before they are looked at.
func (c *Call) identifyBy(ctx context.Context, agent string, a channel.Answers) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.state.Step != WithCare {
		return ErrNotWaiting
	}
	c.answered++
	caller, err := c.line.config.Service.IdentifyByAgent(ctx, agent, a)
	if err != nil {
		if c.answered >= TriesMax {
			c.bring(ctx, agent, Dismissed{})
		}
		return err
	}
	card, err := c.enter(ctx, caller)
	if err != nil {
		return err
	}
	c.bring(ctx, agent, HandedBack{card})
	return nil
}

// ErrNotIdentified says that a caller can not be handed back.
var ErrNotIdentified = errors.New("the caller is not identified: ask him for name, date of birth and the last digits of his card")

// handBack hands an identified caller back to the keypad.
func (c *Call) handBack(ctx context.Context, agent string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	switch {
	case c.state.Step != WithCare:
		return ErrNotWaiting
	case !c.state.Identified:
		return ErrNotIdentified
	}
	c.bring(ctx, agent, HandedBack{c.state.Card})
	return nil
}

// dismiss ends the call.
func (c *Call) dismiss(ctx context.Context, agent string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.state.Step != WithCare {
		return ErrNotWaiting
	}
	c.bring(ctx, agent, Dismissed{})
	return nil
}

// bring has an agent bring about an event.
func (c *Call) bring(ctx context.Context, agent string, e Event) {
	_, back := e.(HandedBack)
	_ = c.line.config.Log.Log("event", "call left an agent", "number", c.Number, "agent", agent, "back", back)
	c.wake(c.run(ctx, e))
}
