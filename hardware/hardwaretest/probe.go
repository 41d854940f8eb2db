package hardwaretest

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"github.com/f510b0cf/till/hardware"
)

// The commands of a probe: header and, for echo, data.
var (
	store  = []byte{0x80, 0x10, 0x00, 0x2A} // keeps P2 in volatile memory
	recall = []byte{0x80, 0x12, 0x00, 0x00, 0x01}
	echo   = []byte{0x80, 0x14, 0x00, 0x00, 0x03, 0xDE, 0xAD, 0x00} // no Le, which T=0 does not carry
	hang   = []byte{0x80, 0x16, 0x00, 0x00}                         // no answer until the command is cancelled
)

// probe is a card that shows how a reader treats it: it has a byte of volatile
// memory, and it fails the test where it is used without power, twice at a time
// or given power that it has.
type probe struct {
	t       testing.TB
	hanging chan struct{} // gets a value when a command hangs
	busy    atomic.Bool
	session atomic.Pointer[probeCard] // the one that has power
}

func newProbe(t testing.TB) *probe { return &probe{t: t, hanging: make(chan struct{}, 1)} }

// enter claims the card for one call; the function that it returns gives it
// back.
func (p *probe) enter() (leave func()) {
	if !p.busy.CompareAndSwap(false, true) {
		p.t.Error("card: used by two goroutines at a time")
	}
	return func() { p.busy.Store(false) }
}

// PowerOn starts a session.
func (p *probe) PowerOn(held hardware.Presentation) (hardware.Card, error) {
	defer p.enter()()
	c := &probeCard{probe: p, presentation: held}
	if !p.session.CompareAndSwap(nil, c) {
		p.t.Error("card: power on of a card that has power")
	}
	return c, nil
}

// probeCard is a session of a probe.
type probeCard struct {
	probe        *probe
	presentation hardware.Presentation
	stored       byte
}

// ATR returns the answer to reset.
func (c *probeCard) ATR() []byte { return unhex(c.probe.t, ATR) }

// Presentation returns how the card is held.
func (c *probeCard) Presentation() hardware.Presentation { return c.presentation }

// Transmit answers the commands of a probe, and 6D00 to others.
func (c *probeCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	defer c.probe.enter()()
	if c.probe.session.Load() != c {
		c.probe.t.Error("card: command without power")
	}
	switch command[1] {
	case store[1]:
		c.stored = command[3]
		return []byte{0x90, 0x00}, nil
	case recall[1]:
		return []byte{c.stored, 0x90, 0x00}, nil
	case echo[1]:
		return append(bytes.Clone(command), 0x90, 0x00), nil
	case hang[1]:
		c.probe.hanging <- struct{}{}
		<-ctx.Done()
		return nil, hardware.ErrCardRemoved
	}
	return []byte{0x6D, 0x00}, nil
}

// WarmReset forgets what is volatile.
func (c *probeCard) WarmReset(context.Context) ([]byte, error) {
	defer c.probe.enter()()
	c.stored = 0
	return c.ATR(), nil
}

// PowerOff ends the session.
func (c *probeCard) PowerOff() error {
	defer c.probe.enter()()
	c.probe.session.CompareAndSwap(c, nil)
	return nil
}
