package vpcd

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/hardware"
)

// inserted is a card at the other end of a connection.
type inserted struct {
	wire *wire

	mu    sync.Mutex // held from a message to its answer
	power *powered   // the session that is open
}

// powered is a session with a card.
type powered struct {
	*inserted
	atr []byte
}

// powerOn starts a session: a cold reset.
func (c *inserted) powerOn(ctx context.Context) (hardware.Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, control := range []byte{controlOff, controlOn} {
		if err := c.wire.send([]byte{control}); err != nil {
			return nil, c.gone()
		}
	}
	atr, err := c.ask(ctx, []byte{controlATR})
	if err != nil {
		return nil, err
	}
	c.power = &powered{inserted: c, atr: atr}
	return c.power, nil
}

// ask sends a message and waits for its answer. A wait that is called off ends the
// connection, since nobody knows what the card has done. The caller holds mu.
func (c *inserted) ask(ctx context.Context, message []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, c.wire.hangUp)()
	if err := c.wire.send(message); err != nil {
		return nil, c.gone()
	}
	answer, ok := c.wire.next()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !ok || len(answer) == 0 {
		c.wire.hangUp()
		return nil, c.gone()
	}
	return answer, nil
}

func (c *inserted) gone() error {
	return fmt.Errorf("ask virtual card: %w", hardware.ErrCardRemoved)
}

// in does something where the session is the one that is open.
func (p *powered) in(do func() ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.power != p {
		return nil, p.gone()
	}
	return do()
}

// ATR returns the answer to reset.
func (p *powered) ATR() []byte { return bytes.Clone(p.atr) }

// Transmit passes a command to the card.
func (p *powered) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) < 2 {
		return nil, fmt.Errorf("transmit: a message of %d bytes is no command", len(command)) // one byte would control the card
	}
	return p.in(func() ([]byte, error) { return p.ask(ctx, command) })
}

// WarmReset resets the card and leaves it its power.
func (p *powered) WarmReset(ctx context.Context) ([]byte, error) {
	atr, err := p.in(func() ([]byte, error) {
		if err := p.wire.send([]byte{controlReset}); err != nil {
			return nil, p.gone()
		}
		return p.ask(ctx, []byte{controlATR})
	})
	return bytes.Clone(atr), err
}

// PowerOff ends the session.
func (p *powered) PowerOff() error {
	_, err := p.in(func() ([]byte, error) {
		p.power = nil
		_ = p.wire.send([]byte{controlOff}) // it may be gone
		return nil, nil
	})
	_ = err // a session that is over has no power
	return nil
}
