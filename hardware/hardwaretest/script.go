package hardwaretest

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
)

// ATR is the answer to reset of the cards of this package: T=0, and nothing
// more. ISO/IEC 7816-3.
const ATR = "3B600000"

// errUnexpected is what a script answers to a command that it does not expect.
var errUnexpected = errors.New("transmit: not the command that the script expects")

// Script is a card that answers commands which are known beforehand. A command
// that is not the next one, a command without power and commands that are left
// over at the end fail the test.
type Script struct {
	t   testing.TB
	atr []byte

	mu    sync.Mutex
	steps []scriptStep
	done  int // steps that were played
	power bool
}

// scriptStep is a command and what comes back.
type scriptStep struct {
	command, response []byte
	err               error
}

// NewScript returns a card that expects nothing yet and has the answer to reset
// ATR.
func NewScript(t testing.TB) *Script {
	t.Helper()
	s := &Script{t: t, atr: unhex(t, ATR)}
	t.Cleanup(s.checkLeftovers)
	return s
}

// Expect adds a command and its answer, status word included, both as
// hexadecimal digits.
func (s *Script) Expect(command, response string) *Script {
	s.t.Helper()
	return s.add(scriptStep{command: unhex(s.t, command), response: unhex(s.t, response)})
}

// ExpectError adds a command to which Transmit returns an error.
func (s *Script) ExpectError(command string, err error) *Script {
	s.t.Helper()
	return s.add(scriptStep{command: unhex(s.t, command), err: err})
}

func (s *Script) add(step scriptStep) *Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step)
	return s
}

// PowerOn starts a session. The script goes on where it stands.
func (s *Script) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.power {
		s.t.Error("script: power on of a card that has power")
	}
	s.power = true
	return &scriptCard{script: s, presentation: p}, nil
}

// scriptCard is a session of a Script.
type scriptCard struct {
	script       *Script
	presentation hardware.Presentation
}

// ATR returns the answer to reset.
func (c *scriptCard) ATR() []byte { return bytes.Clone(c.script.atr) }

// Presentation returns how the card is held.
func (c *scriptCard) Presentation() hardware.Presentation { return c.presentation }

// Transmit plays the next step.
func (c *scriptCard) Transmit(_ context.Context, command []byte) ([]byte, error) {
	s := c.script
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.power {
		s.t.Error("script: command without power")
		return nil, hardware.ErrCardRemoved
	}
	if s.done == len(s.steps) {
		s.t.Errorf("script: command %s after the end", shown(command))
		return nil, errUnexpected
	}
	step := s.steps[s.done]
	if !bytes.Equal(step.command, command) {
		s.t.Errorf("script: step %d: got command %s, want %s", s.done+1, shown(command), shown(step.command))
		return nil, errUnexpected
	}
	s.done++
	return bytes.Clone(step.response), step.err
}

// PowerOff ends the session.
func (c *scriptCard) PowerOff() error {
	c.script.mu.Lock()
	defer c.script.mu.Unlock()
	c.script.power = false
	return nil
}

// Powered reports whether the card has power.
func (s *Script) Powered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.power
}

func (s *Script) checkLeftovers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := len(s.steps) - s.done; left > 0 {
		s.t.Errorf("script: %d of %d commands did not come, next is %s", left, len(s.steps), shown(s.steps[s.done].command))
	}
}

// shown returns the digits of a command, or its header alone where it may hold a
// PIN.
func shown(command []byte) string {
	if c, err := apdu.ParseCommand(command); err == nil && c.Sensitive() {
		return fmt.Sprint(c)
	}
	return fmt.Sprintf("%X", command)
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatalf("read hexadecimal digits: %v", err)
	}
	return b
}
