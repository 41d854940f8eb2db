package story

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// hostStore is the host's store, whose writes can fail or be late.
type hostStore struct {
	store.Store
	world *World
}

// Update passes an update on, unless a fault strikes it.
func (s hostStore) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	switch s.world.strikeStore() {
	case hostDiskFull:
		return fmt.Errorf("%w: no space left on device", store.ErrFailed)
	case hostSlow:
		line := s.world.till.line
		next := line.nextSend()
		line.timers.expire()
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Store.Update(ctx, ref, fn)
}

// strikeStore returns what goes wrong with a write. A disk that is full stays so.
func (w *World) strikeStore() (action string) {
	w.hostMu.Lock()
	defer w.hostMu.Unlock()
	f := &w.host
	switch {
	case f.action == hostDiskFull && f.struck:
		return hostDiskFull
	case !f.came || f.struck:
		return ""
	case f.action == hostDiskFull:
		w.timeline.Strike("", "the host's disk is full: it can not write down its decision", "disk full")
		w.till.line.die()
		w.till.line.timers.expire()
	case f.action == hostSlow:
		w.timeline.Strike("", "the host's store is slow: the terminal waits no longer when the decision is written down", "slow")
	default:
		return ""
	}
	f.struck = true
	return f.action
}
