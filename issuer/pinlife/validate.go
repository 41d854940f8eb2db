package pinlife

import (
	"errors"
	"fmt"
)

// ErrState is the class of the errors of State.Validate.
var ErrState = errors.New("no sequence of events leads to this state")

// Validate reports a state that no sequence of events leads to, as an error that
// wraps ErrState. A store checks what it writes and what it reads back.
// docs/pin-lifecycle.md, section 7.
func (s State) Validate() error {
	for _, fault := range []func(*State) string{(*State).faultInSent, (*State).faultInOrder, (*State).faultInFlags} {
		if f := fault(&s); f != "" {
			return fmt.Errorf("check PIN state: %s: %w", f, ErrState)
		}
	}
	return nil
}

// faultInSent says what is wrong with the list of sent items.
func (s *State) faultInSent() string {
	if s.SentCount > SentMax {
		return "too many sent items"
	}
	for _, unused := range s.Sent[s.SentCount:] {
		if unused != (Item{}) {
			return "item behind the last"
		}
	}
	before := s.Proven
	for _, item := range s.items() {
		switch {
		case item.ATC == 0 || item.ATC > s.HighestATC:
			return "item of a request that never came"
		case item.Generation == NoPIN && !(item.Unblock && s.Open && s.SentCount == 1):
			return "unblock beside other items, or settled"
		case item.Generation != NoPIN && item.Generation <= before:
			return "generations do not rise"
		}
		before = item.Generation
	}
	return ""
}

// faultInOrder says which generation is out of order.
func (s *State) faultInOrder() string {
	switch {
	case s.Proven > s.Newest, s.SentCount > 0 && s.last().Generation > s.Newest:
		return "generation that was never acknowledged"
	case s.Pending != NoPIN && (s.Pending != s.Newest || s.Pending == s.Proven):
		return "pending generation is not the newest"
	case s.Pending == NoPIN && s.anySent() && !s.Unsure:
		return "generation sent that nobody waits for"
	}
	return ""
}

// faultInFlags says which flag contradicts the rest.
func (s *State) faultInFlags() string {
	switch {
	case s.Open && s.SentCount == 0:
		return "open without an item"
	case s.Claimed && !(s.Open && s.anySent()):
		return "claimed without an open PIN"
	case s.Held && (s.Open || s.Pending == NoPIN && !s.Unblock):
		return "held without anything to hold"
	case s.Unblock && s.neverProven() && !s.anySent():
		return "unblock of a chip without a PIN"
	case s.Closed && *s != State{Proven: s.Proven, Newest: s.Newest, HighestATC: s.HighestATC, Closed: true}:
		return "closed and not at rest"
	}
	return ""
}
