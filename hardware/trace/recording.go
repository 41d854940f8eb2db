package trace

import (
	"time"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
)

// stepsMax is the number of steps that a recording keeps, a bound for recorders
// that nobody stops: some hundred transactions.
const stepsMax = 1 << 14

// Recording is a dialogue between a reader and cards: resets, commands and what
// came back. The zero Recording is an empty one. It prints as "secret".
type Recording struct {
	secret.Opaque
	steps   []step
	dropped int // steps after stepsMax, which were not kept
}

// Len returns the number of steps. A reset is a step; so is a command with its
// answer.
func (r Recording) Len() int { return len(r.steps) }

// step is a reset, or a command with what came back.
type step struct {
	kind     kind
	command  secret.Value // none for a reset
	response secret.Value // the ATR for a reset
	failure  failure      // instead of a response

	timed    bool
	at, took time.Duration // since the first step, and until the response
}

// kind is what a step is.
type kind uint8

const (
	coldReset kind = iota + 1
	warmReset
	exchange
	pinPad // VERIFY with a PIN that the reader took; the command is the template
)

// open calls use with the bytes of the step, which it must not keep.
func (s step) open(use func(command, response []byte)) {
	s.command.Open(func(command []byte) {
		s.response.Open(func(response []byte) { use(command, response) })
	})
}

// isCommand reports whether the step is no reset.
func (s step) isCommand() bool { return s.kind == exchange || s.kind == pinPad }

// name returns the name of the command, or which reset the step is.
func (s step) name() (name string) {
	switch s.kind {
	case coldReset:
		return "cold reset"
	case warmReset:
		return "warm reset"
	}
	s.command.Open(func(command []byte) { name = commandName(command) })
	if s.kind == pinPad {
		name += " by the reader"
	}
	return name
}

func commandName(command []byte) string {
	c, err := apdu.ParseCommand(command)
	if err != nil {
		return "malformed command"
	}
	return c.Name()
}
