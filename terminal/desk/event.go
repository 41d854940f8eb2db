package desk

import (
	"time"

	"github.com/f510b0cf/till/terminal/kernel"
)

// EventType is what happened.
type EventType string

// The types of events.
const (
	EventWaiting     EventType = "waiting-for-card"
	EventCardIn      EventType = "card-in"
	EventApplication EventType = "choose-application" // at the terminal
	EventPIN         EventType = "pin"                // one is asked for, at the terminal's own pad
	EventPINWrong    EventType = "pin-wrong"
	EventPINOK       EventType = "pin-ok"
	EventOnline      EventType = "online"
	EventDisplay     EventType = "display" // what the customer reads
	EventRemoveCard  EventType = "remove-card"
	EventOutcome     EventType = "outcome" // durable: this one decides
	EventDone        EventType = "done"    // the last one: the terminal is free
)

// Event is something that happened to a payment.
type Event struct {
	ID      uint64 // rises within a payment
	Type    EventType
	At      time.Time
	Text    string
	PIN     *PIN     // of events about one
	Payment *Payment // as it is then; of EventOutcome and EventDone
}

// PIN says what is known of the entry of a PIN: nothing of the PIN itself.
type PIN struct {
	Online    bool // for the issuer to verify
	TriesLeft int  // at the card, or kernel.TriesUnknown
	Bypass    bool // the entry may be skipped
}

// eventsMax bounds the events of a payment, so that no card makes them endless. Those
// of a payment that was taken up after a restart have higher numbers.
const eventsMax = 998

// afterRestart is the number of the first event after a restart.
const afterRestart = eventsMax + 3

// tell adds an event to a payment. d.mu is held.
func (d *Desk) tell(p *payment, e Event) {
	ending := e.Type == EventOutcome || e.Type == EventDone
	if len(p.events) >= eventsMax && !ending {
		return
	}
	e.ID, e.At = 1, d.config.Terminal.Clock.Now()
	if n := len(p.events); n > 0 {
		e.ID = p.events[n-1].ID + 1
	}
	p.events = append(p.events, e)
	d.announce()
}

// triesAfterWrong is how many tries are left where a PIN was wrong.
func triesAfterWrong(before int) int {
	if before == kernel.TriesUnknown || before == 0 {
		return kernel.TriesUnknown
	}
	return before - 1
}
