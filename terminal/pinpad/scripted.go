package pinpad

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/terminal/kernel"
)

// ErrScriptEnded says that a cardholder was asked for more than the script has.
var ErrScriptEnded = errors.New("the script has no entry left")

// Scripted is a cardholder that does what it was told beforehand, and notes what
// it was asked and shown. It is used by one goroutine at a time.
type Scripted struct {
	entries []kernel.PINEntry
	choices []int

	prompts  []kernel.PINPrompt
	messages []kernel.Message
}

// NewScripted returns a cardholder that gives these PIN entries in turn:
// kernel.Entered, kernel.Bypassed or kernel.PadFailed.
func NewScripted(entries ...kernel.PINEntry) *Scripted {
	return &Scripted{entries: slices.Clone(entries)}
}

// Choose has SelectApplication return these indexes in turn, and returns s. The
// first candidate is the choice where none is given.
func (s *Scripted) Choose(indexes ...int) *Scripted {
	s.choices = append(s.choices, indexes...)
	return s
}

// PIN returns the next entry. The error wraps ErrScriptEnded where there is
// none: a PIN that was wrong is not tried again.
func (s *Scripted) PIN(_ context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	s.prompts = append(s.prompts, p)
	if len(s.entries) == 0 {
		return kernel.PINEntry{}, fmt.Errorf("enter PIN: %w", ErrScriptEnded)
	}
	entry := s.entries[0]
	s.entries = s.entries[1:]
	return entry, nil
}

// SelectApplication returns the next choice.
func (s *Scripted) SelectApplication(_ context.Context, candidates []kernel.Candidate) (int, error) {
	if len(s.choices) == 0 {
		return 0, nil
	}
	choice := s.choices[0]
	s.choices = s.choices[1:]
	if choice != kernel.NoApplication && (choice < 0 || choice >= len(candidates)) {
		return kernel.NoApplication, fmt.Errorf("select application: the script wants number %d of %d", choice, len(candidates))
	}
	return choice, nil
}

// Show notes a message.
func (s *Scripted) Show(_ context.Context, m kernel.Message) { s.messages = append(s.messages, m) }

// Prompts returns what PINs were asked for.
func (s *Scripted) Prompts() []kernel.PINPrompt { return slices.Clone(s.prompts) }

// Messages returns what was shown.
func (s *Scripted) Messages() []kernel.Message { return slices.Clone(s.messages) }

// Done returns an error that says what of the script is left over.
func (s *Scripted) Done() error {
	if len(s.entries) == 0 && len(s.choices) == 0 {
		return nil
	}
	return fmt.Errorf("play cardholder: %d PIN entries and %d choices of an application are left over", len(s.entries), len(s.choices))
}
