package pcsc

import (
	"context"
	"errors"
	"time"
)

// watch waits until the reader is as met wants it, and returns its state. A reader
// that is unplugged may come back, and a daemon that is restarted does so within a
// while.
func (s *Service) watch(ctx context.Context, reader string, met func(state) bool) (state, error) {
	var missing time.Time // since when there is no daemon; zero where there is one
	for {
		now, err := s.watchOnce(ctx, reader, met, func() { missing = time.Time{} })
		switch {
		case err == nil:
			return now, nil
		case !errors.Is(err, ErrNoDaemon) && !errors.Is(err, errStale):
			return state{}, err
		case missing.IsZero():
			missing = time.Now()
		case time.Since(missing) > returnMax:
			return state{}, ErrNoDaemon
		}
		if err := pause(ctx); err != nil {
			return state{}, err
		}
	}
}

// watchOnce watches over one connection to the daemon; answered is called where the
// daemon answers.
func (s *Service) watchOnce(ctx context.Context, reader string, met func(state) bool, answered func()) (state, error) {
	r, err := s.library.establish()
	if err != nil {
		return state{}, err
	}
	defer func() { _ = r.release() }() // all is known
	defer context.AfterFunc(ctx, func() { _ = r.cancel() })()
	var now state
	for {
		if err := ctx.Err(); err != nil {
			return state{}, err
		}
		now, err = r.change(reader, now, watchSlice)
		switch {
		case errors.Is(err, ErrNoReader):
			now = state{}
		case errors.Is(err, errRemoved):
			return state{}, errStale // what it means where no card is spoken to
		case err != nil && !errors.Is(err, errTimeout) && !errors.Is(err, errCancelled):
			return state{}, err
		}
		answered()
		if met(now) && ctx.Err() == nil {
			return now, nil
		}
		if !now.there {
			now = state{} // ask anew: a reader that is plugged in again has no history
			_ = pause(ctx)
		}
	}
}
