package fault

import (
	"context"
	"sync"

	"github.com/f510b0cf/till/hardware"
)

// Reader returns a reader whose cards have the faults of the plan. After a
// pulled card it looks empty to WaitRemoval, although the card is still in
// inner; the next WaitCard puts it in again.
func (i *Injector) Reader(inner hardware.Reader) hardware.Reader {
	return &reader{Reader: inner, injector: i}
}

// reader is a reader with faults.
type reader struct {
	hardware.Reader
	injector *Injector

	mu   sync.Mutex
	last *card // the session that is open, nil before the first
}

// WaitCard returns the next card that inner has.
func (r *reader) WaitCard(ctx context.Context) (hardware.Card, error) {
	inner, err := r.Reader.WaitCard(ctx)
	if err != nil {
		return nil, err
	}
	c, outer := r.injector.wrap(inner)
	r.remember(c)
	return outer, nil
}

func (r *reader) remember(c *card) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = c
}

// Close closes inner.
func (r *reader) Close() error {
	r.remember(nil)
	return r.Reader.Close()
}

// WaitRemoval returns at once where a fault has pulled the card.
func (r *reader) WaitRemoval(ctx context.Context) error {
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	if last != nil && last.current() == pulled && ctx.Err() == nil {
		return nil
	}
	return r.Reader.WaitRemoval(ctx)
}
