package pcsc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/atr"
)

// answerBytesMin is the length of a status word. A shorter answer is that of a card
// that was pulled in the middle of a command.
const answerBytesMin = 2

// session is the time from the cold reset of a card until it is let go.
type session struct {
	service *Service
	worker  *worker
	// The worker alone uses these.
	resources resources
	link      link
	// The worker sets these before connect returns.
	answer   []byte // to the last reset
	speaks   atr.Protocol
	features features
}

func newSession(s *Service) *session {
	n := &session{service: s}
	n.worker = newWorker(n.release)
	return n
}

// release takes the card's power and hangs up. Whatever that returns, it is over.
func (s *session) release() {
	if s.link != nil {
		_ = s.link.disconnect()
	}
	if s.resources != nil {
		_ = s.resources.release()
	}
}

// letGo ends the session and waits until the reader has let go of the card.
func (s *session) letGo(ctx context.Context) error {
	if s == nil {
		return ctx.Err()
	}
	s.worker.finish()
	select {
	case <-s.worker.done:
		return ctx.Err()
	case <-ctx.Done():
		return fmt.Errorf("the reader is still at work on an earlier command: %w", ctx.Err())
	}
}

// connect reserves the card, resets it and looks at its answer.
func (s *session) connect(ctx context.Context, reader string) error {
	_, err := s.worker.do(ctx, s.service.timeout, func() (_ []byte, err error) {
		if s.resources, err = s.service.library.establish(); err != nil {
			return nil, err
		}
		if s.link, err = s.resources.connect(reader); err != nil {
			return nil, err
		}
		return nil, s.start()
	})
	return err
}

// start resets the card (cold) and learns what it and its reader can do. The worker
// calls it.
func (s *session) start() error {
	answer, err := s.reset(true)
	if err != nil {
		return err
	}
	s.answer = answer
	s.speaks = s.link.protocol()
	s.features = queryFeatures(s.link)
	return nil
}

// reset resets the card and checks its answer, the check byte too: the daemon looks
// away. The worker calls it.
func (s *session) reset(cold bool) ([]byte, error) {
	if err := s.link.reset(cold); err != nil {
		return nil, err
	}
	answer, err := s.link.atr()
	if err != nil {
		return nil, err
	}
	_, err = atr.Parse(answer)
	return answer, err
}

// do has the worker make a call; an error that means so ends the session.
func (s *session) do(ctx context.Context, what string, timeout time.Duration, call func() ([]byte, error)) ([]byte, error) {
	answer, err := s.worker.do(ctx, timeout, call)
	if err == nil {
		return answer, nil
	}
	err, over := ended(err)
	if over {
		s.worker.finish()
	}
	return nil, fmt.Errorf("%s: %w", what, err)
}

// ATR returns the answer to reset.
func (s *session) ATR() []byte { return bytes.Clone(s.answer) }

// Protocol returns what reader and card speak.
func (s *session) Protocol() atr.Protocol { return s.speaks }

var errEmpty = errors.New("transmit: a command has at least one byte")

// Transmit passes a command to the card. Under T=0 a command with data and Le goes
// without Le, and 61xx tells what there is to fetch. EMV Contact Interface
// Specification, 9.3.1.1 (from memory).
func (s *session) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) == 0 {
		return nil, errEmpty
	}
	if s.speaks == atr.T0 {
		command = withoutLe(command)
	}
	command = bytes.Clone(command) // the caller may wipe it before the reader has it
	return s.do(ctx, "transmit", s.service.timeout, func() ([]byte, error) {
		defer clear(command)
		return whole(s.link.transmit(command))
	})
}

// whole refuses an answer without a status word.
func whole(answer []byte, err error) ([]byte, error) {
	if err == nil && len(answer) < answerBytesMin {
		err = errRemoved
	}
	return answer, err
}

// withoutLe returns the command without Le where it has data too.
func withoutLe(command []byte) []byte {
	c, err := apdu.ParseCommand(command)
	if err != nil || len(c.Data) == 0 || c.Le == 0 {
		return command
	}
	return command[:len(command)-1]
}

// WarmReset resets the card and leaves it its power.
func (s *session) WarmReset(ctx context.Context) ([]byte, error) {
	answer, err := s.do(ctx, "warm reset", s.service.timeout, func() ([]byte, error) { return s.reset(false) })
	if err != nil {
		return nil, err
	}
	s.answer = answer
	return s.ATR(), nil
}

// PowerOff ends the session and waits a while for the reader to let go of the card.
func (s *session) PowerOff() error {
	s.worker.finish()
	select {
	case <-s.worker.done:
		return nil
	case <-time.After(letGoMax):
		return errors.New("power off card: the reader is still at work on a command: unplug it and plug it in again")
	}
}
