package ivr

import (
	"context"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr/prompts"
)

// Turn is what an adapter does next.
type Turn struct {
	Say    []prompts.Prompt // in order; a key ends them
	HangUp bool             // afterwards
}

// Call is one call. It is safe for concurrent use.
type Call struct {
	secret.Opaque
	Number int
	Began  time.Time

	by     string // adapter
	line   *Line
	ready  chan struct{}
	ending clock.Timer // of the longest call

	lock     sync.Mutex
	state    State
	keys     collector
	caller   channel.Caller
	waited   time.Time // for an agent, since then
	answered uint8     // wrong answers to agents
	agents   Turn      // what no key has brought about
}

// Press is a key that the caller pressed. A digit of a card number, code or PIN goes
// into the collector, and nowhere else; while an agent has the call, keys are dropped.
func (c *Call) Press(ctx context.Context, key byte) Turn {
	c.lock.Lock()
	defer c.lock.Unlock()
	digit := key >= '0' && key <= '9'
	_, entry := c.state.Entry()
	switch {
	case entry && key == '#':
		return c.run(ctx, Entered{})
	case entry && key == '*':
		return c.run(ctx, Cleared{})
	case c.state.Step == AtCard && c.state.Digits == 0 && key == keyCare: // no card number begins so
		return c.run(ctx, Help{})
	case entry && digit:
		c.keys.add(key)
		return c.run(ctx, Digit{})
	case c.state.Step == AtMenu:
		return c.run(ctx, Choice{key})
	}
	return Turn{}
}

// Silent is a time-out.
func (c *Call) Silent(ctx context.Context) Turn { return c.happen(ctx, Silence{}) }

// Wait returns how long the adapter waits for a key, once the announcements are over;
// 0 is not at all.
func (c *Call) Wait() time.Duration {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.state.Wait()
}

// Awaits returns what the call waits for: its step, and how many digits are there and
// complete it, 0 where the hash key does.
func (c *Call) Awaits() (at Step, digits, length uint8) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.state.Step, c.state.Digits, c.state.Length()
}

// Ready receives when something came about without a key, for Agents: an agent did it,
// or the call has lasted too long.
func (c *Call) Ready() <-chan struct{} { return c.ready }

// Agents returns what came about without a key, once.
func (c *Call) Agents() Turn {
	c.lock.Lock()
	defer c.lock.Unlock()
	turn := c.agents
	c.agents = Turn{}
	return turn
}

// End is the end of the call, however it came; an adapter always comes to it.
func (c *Call) End() {
	c.happen(context.Background(), HungUp{Gone})
}

// expire ends a call that has lasted too long.
func (c *Call) expire() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.wake(c.run(context.Background(), HungUp{TooLong}))
}

// wake has the adapter do something that no key has brought about.
func (c *Call) wake(t Turn) {
	c.agents = t
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// happen takes the dialogue through an event.
func (c *Call) happen(ctx context.Context, e Event) Turn {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.run(ctx, e)
}

// run takes the dialogue through an event, and those that its tasks lead to.
func (c *Call) run(ctx context.Context, e Event) (turn Turn) {
	for e != nil {
		state, effects := c.state.Next(e)
		c.state, e = state, nil
		for _, effect := range effects {
			switch x := effect.(type) {
			case Say:
				turn.Say = append(turn.Say, x.Prompt)
			case Collect:
				c.keys.empty()
			case Keep:
				c.keys.keep(x.As)
			case Do:
				e = c.do(ctx, x.Task)
			case HangUp:
				turn.HangUp = true
				c.over(x.Why)
			}
		}
	}
	return turn
}

// over forgets what a call that has ended knew.
func (c *Call) over(why End) {
	c.keys.forget()
	c.caller = channel.Caller{}
	c.ending.Stop()
	c.line.drop(c)
	c.line.config.Count.Ended(c.by, why)
	_ = c.line.config.Log.Log("event", "call ended", "number", c.Number, "why", string(why))
}
