package pcsc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/f510b0cf/till/hardware"
)

// Reader is a PC/SC reader. A reader that is unplugged is empty, and serves again
// when it is plugged in.
type Reader struct {
	service *Service
	name    string
	open    context.Context // ends with Close
	close   context.CancelCauseFunc

	turn chan struct{} // holds a value while a WaitCard is under way

	mu      sync.Mutex
	session *session // the latest one; nil before the first
}

func newReader(s *Service, name string) *Reader {
	r := &Reader{service: s, name: name, turn: make(chan struct{}, 1)}
	r.open, r.close = context.WithCancelCause(context.Background())
	return r
}

// Name returns the name that the daemon has given the reader.
func (r *Reader) Name() string { return r.name }

// while returns a context that ends with the reader too.
func (r *Reader) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(r.open, func() { cancel(hardware.ErrReaderClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// why returns the error of a wait: that the reader was closed, where it was.
func (r *Reader) why(err error) error {
	if r.open.Err() != nil {
		return hardware.ErrReaderClosed
	}
	return err
}

// WaitCard waits for a card, reserves it and resets it (cold). The card is a
// hardware.PINVerifier where the reader has a PIN pad. The error wraps ErrMute,
// atr.ErrCheckByte or atr.ErrMalformed where the card does not
// answer the reset as it should.
func (r *Reader) WaitCard(ctx context.Context) (hardware.Card, error) {
	ctx, cancel := r.while(ctx)
	defer cancel()
	s, err := r.begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for card: %w", r.why(err))
	}
	return s.withAbilities(), nil
}

// begin ends the session before and starts the next one.
func (r *Reader) begin(ctx context.Context) (*session, error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var busy time.Time // since when another program uses the reader
	for {
		if err := r.current().letGo(ctx); err != nil {
			return nil, err
		}
		now, err := r.service.watch(ctx, r.name, func(s state) bool { return s.there && s.card })
		if err != nil {
			return nil, err
		}
		if now.mute {
			return nil, ErrMute
		}
		s, err := r.connect(ctx)
		switch {
		case err == nil:
			return s, nil
		case errors.Is(err, ErrInUse):
			if busy.IsZero() {
				busy = time.Now()
			}
			if time.Since(busy) > inUseMax {
				return nil, err
			}
		default:
			if _, over := ended(err); !over || errors.Is(err, ErrMute) {
				return nil, err
			}
		}
		if err := pause(ctx); err != nil { // it was pulled meanwhile: wait for the next one
			return nil, err
		}
	}
}

// connect starts a session with the card that is there.
func (r *Reader) connect(ctx context.Context) (*session, error) {
	s := newSession(r.service)
	r.mu.Lock()
	r.session = s
	r.mu.Unlock()
	if r.open.Err() != nil { // Close may have looked for a session before
		s.worker.finish()
		return nil, hardware.ErrReaderClosed
	}
	if err := s.connect(ctx, r.name); err != nil {
		s.worker.finish()
		return nil, err
	}
	return s, nil
}

// current returns the latest session, nil before the first.
func (r *Reader) current() *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.session
}

// WaitRemoval waits until no card is in the reader.
func (r *Reader) WaitRemoval(ctx context.Context) error {
	ctx, cancel := r.while(ctx)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for removal: %w", r.why(err))
	}
	s := r.current()
	if _, err := r.service.watch(ctx, r.name, func(s state) bool { return !s.there || !s.card }); err != nil {
		return fmt.Errorf("wait for removal: %w", r.why(err))
	}
	if err := s.letGo(ctx); err != nil { // the reader stays reserved for a card that is gone, else
		return fmt.Errorf("wait for removal: %w", r.why(err))
	}
	return nil
}

// Close ends the session and every wait. To close again does nothing.
func (r *Reader) Close() error {
	r.close(hardware.ErrReaderClosed)
	ctx, cancel := context.WithTimeout(context.Background(), letGoMax)
	defer cancel()
	if err := r.current().letGo(ctx); err != nil {
		return fmt.Errorf("close reader: %w", err)
	}
	return nil
}
