package ivr

import "github.com/f510b0cf/till/issuer/channel/ivr/prompts"

// Event is what happens to a dialogue.
type Event interface{ event() }

// The events.
type (
	// Began is the beginning of a call.
	Began struct{}
	// Digit is a digit that went into the collector.
	Digit struct{}
	// Entered is the hash key: that is all.
	Entered struct{}
	// Cleared is the star key: from the beginning.
	Cleared struct{}
	// Choice is a key of the menu.
	Choice struct{ Key byte }
	// Help is the key for customer care in place of a card number.
	Help struct{}
	// Silence is a time-out: no key came.
	Silence struct{}
	// Identified tells that the caller is the holder of a card.
	Identified struct{ Card Standing }
	// NotIdentified tells that he is not, and why where it is not his fault.
	NotIdentified struct{ Broken bool }
	// Done tells what became of a task for the card, and how that stands then.
	Done struct {
		Outcome Outcome
		Card    Standing
	}
	// HandedBack tells that an agent identified the caller.
	HandedBack struct{ Card Standing }
	// Dismissed tells that an agent did not.
	Dismissed struct{}
	// HungUp is the end of the call from outside: by the caller, or for its length.
	HungUp struct{ Why End }
)

func (Began) event()         {}
func (Digit) event()         {}
func (Entered) event()       {}
func (Cleared) event()       {}
func (Choice) event()        {}
func (Help) event()          {}
func (Silence) event()       {}
func (Identified) event()    {}
func (NotIdentified) event() {}
func (Done) event()          {}
func (HandedBack) event()    {}
func (Dismissed) event()     {}
func (HungUp) event()        {}

// Standing is what the menu needs to know of a card.
type Standing struct {
	Active bool
	HasPIN bool // created, though the chip may not have it yet
}

// Outcome is what became of a task.
type Outcome uint8

// The outcomes.
const (
	OutOfOrder Outcome = iota // the issuer could not do it
	CardActive
	PINCreated
	UnlockAsked
	Mismatch  // the PIN was not entered twice
	WeakPIN   // the PIN was refused
	PINExists // create: there is one
	NoPIN     // unlock: there is none
	NotUsable // the card, or somebody has to look at it first
)

// Effect is what the machine asks for, in order.
type Effect interface{ effect() }

// The effects.
type (
	// Say is an announcement. A key that comes meanwhile ends it.
	Say struct{ Prompt prompts.Prompt }
	// Collect empties the collector; the digits that follow are a new entry.
	Collect struct{}
	// Keep seals what was collected as an entry of the kind.
	Keep struct{ As Entry }
	// Do is a task; its outcome comes back as an event.
	Do struct{ Task Task }
	// HangUp ends the call, for a reason that is counted.
	HangUp struct{ Why End }
)

func (Say) effect()     {}
func (Collect) effect() {}
func (Keep) effect()    {}
func (Do) effect()      {}
func (HangUp) effect()  {}

// End is why a call has ended.
type End string

// The ends of calls.
const (
	Finished   End = "finished"       // the caller chose the end
	Gone       End = "hung up"        // by the caller
	Unheard    End = "silent"         // nothing was entered, or nothing of use
	Unknown    End = "not identified" // by himself, or by an agent
	TooOften   End = "too often"      // PINs that were not taken, or choices
	Unattended End = "no agent"       // came in time
	OutOfReach End = "broken"         // the issuer could not look him up
	TooLong    End = "too long"       // the longest call
	Turned     End = "busy"           // never begun
)

// Entry is something that is entered digit by digit.
type Entry uint8

// The entries.
const (
	CardNumber Entry = iota
	Code
	PIN
	PINAgain
	entries // how many there are
)

// Task is something that is done for the caller.
type Task uint8

// The tasks.
const (
	Identify Task = iota
	Activate
	CreatePIN
	Unlock
	CallCare
)
