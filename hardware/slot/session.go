package slot

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/hardware"
)

// session is the time from one cold reset of a card to its loss of power.
type session struct {
	slot         *Slot
	presentation hardware.Presentation
	card         hardware.Card // set once, by powerOn

	// ended says that the power is to go, cancel belongs to the operation that
	// the card is working on. Both are guarded by the mutex of the slot.
	ended  bool
	cancel context.CancelFunc

	off chan struct{} // closed when the card has no power
}

// newSession returns a session in which the reset counts as running.
func newSession(s *Slot, p hardware.Presentation) *session {
	return &session{slot: s, presentation: p, cancel: func() {}, off: make(chan struct{})}
}

// powerOn resets the card. The Card is nil where the session has ended
// meanwhile.
func (s *session) powerOn(chip hardware.Chip) (hardware.Card, error) {
	card, err := chip.PowerOn(s.presentation)
	if err != nil {
		s.end()
		s.finish()
		return nil, err
	}
	s.card = card
	if !s.finish() {
		return nil, nil
	}
	if resetter, ok := card.(hardware.WarmResetter); ok {
		return hardware.WithAbilities(s, warmReset{s, resetter}, nil), nil
	}
	return s, nil
}

// ATR returns the answer to reset of the card.
func (s *session) ATR() []byte { return s.card.ATR() }

// Presentation returns how the card is held to the slot.
func (s *session) Presentation() hardware.Presentation { return s.presentation }

// Transmit passes a command to the card.
func (s *session) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return s.operate(ctx, func(ctx context.Context) ([]byte, error) { return s.card.Transmit(ctx, command) })
}

// operate has the card do something. What it returns is lost where the session
// ends meanwhile.
func (s *session) operate(ctx context.Context, do func(context.Context) ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !s.begin(cancel) {
		return nil, fmt.Errorf("operate card: %w", hardware.ErrCardRemoved)
	}
	answer, err := do(ctx)
	if !s.finish() {
		return nil, fmt.Errorf("operate card: %w", hardware.ErrCardRemoved)
	}
	return answer, err
}

// PowerOff ends the session.
func (s *session) PowerOff() error {
	s.end()
	return nil
}

// begin reserves the card for one operation. It returns false where the session
// has ended.
func (s *session) begin(cancel context.CancelFunc) bool {
	s.slot.mu.Lock()
	defer s.slot.mu.Unlock()
	if !s.ended {
		s.cancel = cancel
	}
	return !s.ended
}

// finish gives the card back. It returns false where the session has ended
// during the operation, and takes the power off then.
func (s *session) finish() bool {
	s.slot.mu.Lock()
	s.cancel = nil
	ended := s.ended
	s.slot.mu.Unlock()
	if ended {
		s.powerOff()
	}
	return !ended
}

// end ends the session: the power goes now or, where an operation is running,
// at its end, since a card serves one goroutine at a time.
func (s *session) end() {
	if s == nil {
		return
	}
	s.slot.mu.Lock()
	before, cancel := s.ended, s.cancel
	s.ended = true
	s.slot.mu.Unlock()
	switch {
	case before:
	case cancel != nil:
		cancel()
	default:
		s.powerOff()
	}
}

func (s *session) powerOff() {
	if s.card != nil {
		_ = s.card.PowerOff() // it is out: whatever it says, the session is over
	}
	close(s.off)
}

// endAndWait ends the session and waits until the card has no power.
func (s *session) endAndWait(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.end()
	select {
	case <-s.off:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hasEnded reports whether the card has no power.
func (s *session) hasEnded() bool {
	if s == nil {
		return true
	}
	select {
	case <-s.off:
		return true
	default:
		return false
	}
}

// warmReset resets the card of a session without taking its power.
type warmReset struct {
	session *session
	card    hardware.WarmResetter
}

// WarmReset returns the new answer to reset.
func (w warmReset) WarmReset(ctx context.Context) ([]byte, error) {
	return w.session.operate(ctx, w.card.WarmReset)
}
