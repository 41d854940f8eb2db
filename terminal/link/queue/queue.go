// Package queue decides what a terminal owes its host and when it is sent: the
// reversal of a transaction whose end is not known, and advices. It is a pure
// state machine: a State and an Event give the next State and the effects. Who
// runs it makes the lasting effects (Keep, Erase) durable together, and only then
// takes the new State and the others (Send, Dial, Wait).
//
// A reversal is there from before its request is sent. It is erased when the
// transaction completes as the host was told, and falls due otherwise, a restart
// included. docs/link.md has the table.
package queue

import (
	"slices"
	"time"
)

// Kind is what an item is.
type Kind uint8

// The kinds of items. Reversals are sent before advices.
const (
	Reversal Kind = iota + 1
	Advice
)

// Phase is where an item stands.
type Phase uint8

// The phases.
const (
	Open  Phase = iota + 1 // the transaction runs; nothing is owed yet
	Due                    // to be sent
	Await                  // sent, the acknowledgement is awaited
)

// Reason is why a reversal fell due.
type Reason uint8

// The reasons.
const (
	NoReason       Reason = iota // it is not due
	NoAnswer                     // no answer came in time
	NotCompleted                 // the host approved, the transaction did not come to that
	EndNotRecorded               // the terminal lost its power, or was never told the end
)

// Item is one message that the host is owed or may come to be owed.
type Item struct {
	Sequence uint64 // its place in the journal; older ones are lower
	Kind     Kind
	Phase    Phase
	Reason   Reason
	Sent     bool // it may have been sent before: the next one is a repeat
	Tries    int  // without acknowledgement on this connection; not kept
}

// State is what the queue knows. The zero State is empty and not connected.
type State struct {
	Items     []Item // in order of Sequence
	Connected bool
	Dialing   bool
	Waiting   bool // a Wait is under way
	Failures  int  // since the host last answered anything
}

// Bounds of the waits between tries.
const (
	waitFirst = time.Second
	waitMax   = 5 * time.Minute
)

// delay is the wait after a number of failures: it doubles up to waitMax.
func delay(failures int) time.Duration {
	const doublings = 9 // 2^9 s exceed waitMax
	return min(waitFirst<<min(max(failures-1, 0), doublings), waitMax)
}

// Held reports whether a purchase has to wait: a reversal is due that has not
// been tried on this connection, or whose first acknowledgement is awaited.
func (s State) Held() bool {
	return slices.ContainsFunc(s.Items, func(i Item) bool {
		return i.Kind == Reversal && i.Phase != Open && i.Tries == 0
	})
}

// Item returns the item of that sequence.
func (s State) Item(sequence uint64) (Item, bool) {
	at := s.at(sequence)
	if at < 0 {
		return Item{}, false
	}
	return s.Items[at], true
}

// Current returns the reversal of the transaction that runs.
func (s State) Current() (Item, bool) {
	at := slices.IndexFunc(s.Items, func(i Item) bool { return i.Phase == Open })
	if at < 0 {
		return Item{}, false
	}
	return s.Items[at], true
}

func (s State) at(sequence uint64) int {
	return slices.IndexFunc(s.Items, func(i Item) bool { return i.Sequence == sequence })
}
