package vpcd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/f510b0cf/till/hardware"
)

// Port is where cards are put into a virtual reader. Its methods may be called from
// any goroutine.
type Port struct {
	config Config

	mu      sync.Mutex
	changed chan struct{} // closed and replaced where status changes
	status  Status
	offer   *offer    // of the card that is in, or was
	left    time.Time // when the last connection ended
	closed  bool
}

// New returns a port without a card. The driver need not be there yet.
func New(c Config) (*Port, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Port{config: c, changed: make(chan struct{}), status: Status{State: Out}}, nil
}

// Address returns where the driver is met.
func (p *Port) Address() string { return p.config.Address }

// Insert puts a card in, and pulls the one that is there. It goes on to offer the
// card whenever the connection breaks, until Pull.
func (p *Port) Insert(chip hardware.Chip) {
	ctx, cancel := context.WithCancel(context.Background())
	next := &offer{port: p, chip: chip, cancel: cancel, done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		cancel()
		return
	}
	before := p.offer
	before.stop()
	p.offer = next
	p.set(Status{State: Waiting})
	go func() {
		defer close(next.done)
		before.wait() // its card may still be working
		next.run(ctx)
	}()
}

// Pull takes the card out, in the middle of a command too; without a card it does
// nothing. Where a command is running, the card loses its power when that returns.
func (p *Port) Pull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull(p.offer)
}

// pull ends an offer, where it is the current one. The caller holds mu.
func (p *Port) pull(o *offer) {
	if o == nil || p.offer != o || p.status.State == Out {
		return
	}
	o.stop()
	p.set(Status{State: Out})
}

// ErrNoCard says that no card is in the port.
var ErrNoCard = errors.New("no card is in the virtual reader: insert it first")

// PullAfter has the card pulled once it has answered n more commands; 0 pulls it at
// once. The next Pull or Insert calls that off.
func (p *Port) PullAfter(n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case n < 0:
		return fmt.Errorf("pull card: want a number of commands from 0 on")
	case p.status.State == Out:
		return fmt.Errorf("pull card: %w", ErrNoCard)
	case n == 0:
		p.pull(p.offer)
	default:
		s := p.status
		s.PullAfter = n
		p.set(s)
	}
	return nil
}

// Close pulls the card for good, and waits until it has no power.
func (p *Port) Close() error {
	p.mu.Lock()
	p.closed = true
	p.pull(p.offer)
	o := p.offer
	p.mu.Unlock()
	o.wait()
	return nil
}

// answered counts a command that was answered, and pulls the card where it is the
// last one.
func (p *Port) answered(o *offer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.offer != o || p.status.State == Out {
		return
	}
	s := p.status
	s.Commands++
	s.PullAfter = max(s.PullAfter-1, 0)
	last := p.status.PullAfter == 1
	p.set(s)
	if last {
		p.pull(o)
	}
}

// set changes the status. The caller holds mu.
func (p *Port) set(s Status) {
	if s == p.status {
		return
	}
	p.status = s
	close(p.changed)
	p.changed = make(chan struct{})
}

// report changes the status of an offer, unless another one has followed.
func (p *Port) report(o *offer, change func(*Status)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.offer == o && p.status.State != Out {
		s := p.status
		change(&s)
		p.set(s)
	}
}

// leave notes the end of a connection.
func (p *Port) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = time.Now()
}

// back returns when a card may be connected again.
func (p *Port) back() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left.IsZero() {
		return p.left
	}
	return p.left.Add(p.config.Away)
}
