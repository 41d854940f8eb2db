package sim

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/terminal/kernel"
)

// customer is the holder at the terminal. It is a kernel.Cardholder.
type customer struct {
	till  *till
	visit *visit
}

// visit is one time that the card is used.
type visit struct {
	pins    []pinChoice // what he enters, one after the other; then he cancels
	entered []pinChoice
	good    bool               // the card found the last one right
	pending pinlife.Generation // the newest one that he was told is taken, when he came
}

var errCancelled = errors.New("cancelled by the cardholder")

// SelectApplication takes the first.
func (c *customer) SelectApplication(context.Context, []kernel.Candidate) (int, error) { return 0, nil }

// PIN enters the next PIN. On the last try he does not guess.
func (c *customer) PIN(_ context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	c.till.process.yield()
	v := c.visit
	if len(v.entered) == len(v.pins) || p.LastTry() && p.Retry && !v.pins[len(v.entered)].sure {
		c.till.note("holder cancels")
		return kernel.PINEntry{}, errCancelled
	}
	choice := v.pins[len(v.entered)]
	v.entered = append(v.entered, choice)
	c.till.world.watch.entered = choice.generation
	c.till.note("holder enters PIN %s", choice)
	return kernel.Entered(choice.pin), nil
}

// Show notes what the terminal says.
func (c *customer) Show(_ context.Context, m kernel.Message) {
	c.till.process.yield()
	if m == kernel.MessagePINOK {
		c.visit.good = true
	}
}
