package ivr

import (
	"time"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Step is where a dialogue is.
type Step uint8

// The steps.
const (
	NotBegun   Step = iota
	AtCard          // the card number is entered
	AtCode          // the identification digits
	AtMenu          // a choice
	AtPIN           // the new PIN
	AtPINAgain      // the new PIN again
	Working         // a task is being done
	WithCare        // an agent has the call, and keys do nothing
	Over
)

// Bounds of a call.
const (
	TriesMax   = 3  // to identify oneself, and to choose a PIN
	SilentMax  = 3  // time-outs and keys of no use in a row
	ChoicesMax = 12 // of the menu

	cardDigitsMin = 8
	cardDigitsMax = 19

	firstDigitWait = 10 * time.Second // for the first digit of an entry, or a choice
	interDigitWait = 5 * time.Second  // for the next one
	careWait       = 5 * time.Minute  // for an agent
)

// State is where a call's dialogue stands. It holds no digits. Begin with
// State{Care: ...} and the event Began.
type State struct {
	Care bool // there is customer care

	Step       Step
	Digits     uint8 // of the entry, so far
	Identified bool
	Card       Standing

	Failed   uint8 // attempts to identify oneself
	PINTries uint8 // PINs that were not taken
	Silent   uint8 // time-outs and keys of no use in a row
	Choices  uint8 // of the menu
}

// Entry reports which entry the digits belong to that come now; false where keys are
// none.
func (s State) Entry() (Entry, bool) {
	switch s.Step {
	case AtCard:
		return CardNumber, true
	case AtCode:
		return Code, true
	case AtPIN:
		return PIN, true
	case AtPINAgain:
		return PINAgain, true
	}
	return 0, false
}

// Length returns how many digits complete the entry or choice that is waited for; 0
// where the hash key does, or none is waited for.
func (s State) Length() uint8 {
	switch s.Step {
	case AtCode:
		return channel.CodeDigits
	case AtPIN, AtPINAgain:
		return hsm.PINDigits
	case AtMenu:
		return 1
	}
	return 0
}

// Wait returns how long a key is waited for until Silence, after the announcements; 0
// is not at all.
func (s State) Wait() time.Duration {
	_, entry := s.Entry()
	switch {
	case s.Step == WithCare:
		return careWait
	case entry && s.Digits > 0:
		return interDigitWait
	case entry || s.Step == AtMenu:
		return firstDigitWait
	}
	return 0
}
