package vpcd

import (
	"context"
	"errors"
	"fmt"
)

// State is where the card of a Port is.
type State string

// The states.
const (
	Out     State = "out"     // no card is in the port
	Waiting State = "waiting" // a card is offered, and no driver has looked at it yet
	In      State = "in"      // the driver sees the card
)

// Status is what a Port can tell.
type Status struct {
	State     State  `json:"state"`
	Commands  int    `json:"commands"`             // that the card has answered since it was inserted
	PullAfter int    `json:"pull_after,omitempty"` // commands until the card is pulled; 0 is never
	Problem   string `json:"problem,omitempty"`    // why no driver sees the card, and what to do
}

// ErrPulled says that the card was pulled before the driver saw it.
var ErrPulled = errors.New("card was pulled")

// Status returns what is now.
func (p *Port) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// WaitIn returns when the driver sees the card. The error tells what keeps it from
// that, where it is known.
func (p *Port) WaitIn(ctx context.Context) error {
	for {
		now := p.Status()
		switch now.State {
		case In:
			return nil
		case Out:
			return fmt.Errorf("wait for driver: %w", ErrPulled)
		}
		if err := p.WaitChange(ctx, now); err != nil {
			if now.Problem != "" {
				err = fmt.Errorf("%w: %s", err, now.Problem)
			}
			return fmt.Errorf("wait for driver: %w", err)
		}
	}
}

// WaitChange returns when the status is another than the one known.
func (p *Port) WaitChange(ctx context.Context, known Status) error {
	for {
		p.mu.Lock()
		now, changed := p.status, p.changed
		p.mu.Unlock()
		if now != known {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitOff returns when the card that was pulled has no power, and may be used
// elsewhere.
func (p *Port) WaitOff(ctx context.Context) error {
	p.mu.Lock()
	o := p.offer
	p.mu.Unlock()
	if o == nil {
		return nil
	}
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait until the card has no power: %w", ctx.Err())
	}
}
