// Package slot is a card reader inside the program: cards are inserted, tapped
// and pulled by call.
//
// A card that is pulled while it works on a command loses its power before the
// answer comes out: the context of the command is cancelled, and whatever the
// card returns is dropped. What the card had written down by then is written.
package slot

import (
	"context"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/hardware"
)

// Slot is a reader for one card at a time. Its methods may be called from any
// goroutine.
type Slot struct {
	name string

	mu           sync.Mutex
	changed      chan struct{} // closed and replaced where chip or closed changes
	chip         hardware.Chip // nil where the slot is empty
	presentation hardware.Presentation
	session      *session // the latest one; nil before the first
	closed       bool
}

// New returns an empty slot with the name that Name returns.
func New(name string) *Slot { return &Slot{name: name, changed: make(chan struct{})} }

// Name returns the name that New was given.
func (s *Slot) Name() string { return s.name }

// Insert puts a card in. One that is there is pulled first.
func (s *Slot) Insert(chip hardware.Chip) { s.put(chip, hardware.Contact) }

// Tap holds a card to the contactless side until Pull takes it away. One that is
// there is pulled first.
func (s *Slot) Tap(chip hardware.Chip) { s.put(chip, hardware.Contactless) }

// Pull takes the card out, in the middle of a command too; without a card it
// does nothing. Where a command is running, the card loses its power when that
// returns; else it has none when Pull returns.
func (s *Slot) Pull() { s.put(nil, hardware.Contact) }

func (s *Slot) put(chip hardware.Chip, p hardware.Presentation) {
	s.mu.Lock()
	running := s.session
	s.chip, s.presentation = chip, p
	s.announce()
	s.mu.Unlock()
	running.end()
}

// announce wakes all who wait. The caller holds mu.
func (s *Slot) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// WaitCard waits for a card, gives it power and resets it. A session that is
// still open ends. Where the card does not answer the reset, the error is that
// of the card.
func (s *Slot) WaitCard(ctx context.Context) (hardware.Card, error) {
	for {
		next, chip, err := s.claim(ctx)
		if err != nil {
			return nil, fmt.Errorf("wait for card: %w", err)
		}
		card, err := next.powerOn(chip)
		if err != nil {
			return nil, fmt.Errorf("power on card: %w", err)
		}
		if card != nil {
			return card, nil
		}
		// It was pulled during the reset: wait for the next one.
	}
}

// claim waits for a card that has no power and reserves it for a new session.
func (s *Slot) claim(ctx context.Context) (*session, hardware.Chip, error) {
	for {
		if err := s.await(ctx, func() bool { return s.chip != nil }); err != nil {
			return nil, nil, err
		}
		s.mu.Lock()
		before, chip := s.session, s.chip
		if chip != nil && before.hasEnded() && !s.closed {
			s.session = newSession(s, s.presentation)
			next := s.session
			s.mu.Unlock()
			return next, chip, nil
		}
		s.mu.Unlock()
		if err := before.endAndWait(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// WaitRemoval waits until the slot is empty.
func (s *Slot) WaitRemoval(ctx context.Context) error {
	if err := s.await(ctx, func() bool { return s.chip == nil }); err != nil {
		return fmt.Errorf("wait for removal: %w", err)
	}
	return nil
}

// await waits until the condition, which is asked with mu held, is true.
func (s *Slot) await(ctx context.Context, condition func() bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.mu.Lock()
		changed, closed, met := s.changed, s.closed, condition()
		s.mu.Unlock()
		if closed {
			return hardware.ErrReaderClosed
		}
		if met {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Close ends the session and every wait. The card stays in the slot. To close
// again does nothing.
func (s *Slot) Close() error {
	s.mu.Lock()
	running := s.session
	if !s.closed {
		s.closed = true
		s.announce()
	}
	s.mu.Unlock()
	running.end()
	return nil
}
