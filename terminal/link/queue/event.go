package queue

import "time"

// Event is what happens to the queue.
type Event interface{ event() }

// Restarted is the start of the terminal with what its journal holds.
type Restarted struct{ Items []Item }

// Begun is a transaction whose request is about to be sent. Its reversal has that
// sequence.
type Begun struct{ Sequence uint64 }

// Abandoned says that nobody will tell the end of the transaction that runs.
type Abandoned struct{}

// NotSent says that the request can not have reached the host.
type NotSent struct{}

// Answered says that the answer to the request came in time.
type Answered struct{}

// TimedOut says that no answer came, or too late.
type TimedOut struct{}

// Completed is the end of the transaction. Reversal says that the host booked
// what does not stand; Advice is the sequence of an advice about it, 0 for none.
type Completed struct {
	Reversal bool
	Advice   uint64
}

// Connected says that there is a connection to the host.
type Connected struct{}

// Lost says that the connection is gone.
type Lost struct{}

// Unreachable says that no connection came about.
type Unreachable struct{}

// Acknowledged says that the host answered an item.
type Acknowledged struct{ Sequence uint64 }

// Unacknowledged says that the host did not answer an item in time, or that it
// could not take it now.
type Unacknowledged struct{ Sequence uint64 }

// Waited says that a Wait is over.
type Waited struct{}

func (Restarted) event()      {}
func (Begun) event()          {}
func (Abandoned) event()      {}
func (NotSent) event()        {}
func (Answered) event()       {}
func (TimedOut) event()       {}
func (Completed) event()      {}
func (Connected) event()      {}
func (Lost) event()           {}
func (Unreachable) event()    {}
func (Acknowledged) event()   {}
func (Unacknowledged) event() {}
func (Waited) event()         {}

// Effect is what is to be done.
type Effect interface{ effect() }

// Keep has an item written to the journal before anything else is done.
type Keep struct{ Item Item }

// Erase has an item taken out of the journal.
type Erase struct{ Sequence uint64 }

// Send has an item sent. What comes of it is Acknowledged, Unacknowledged or
// Lost.
type Send struct {
	Sequence uint64
	Repeat   bool
}

// Dial has a connection made. What comes of it is Connected or Unreachable.
type Dial struct{}

// Wait has Waited come after that time.
type Wait struct{ Delay time.Duration }

func (Keep) effect()  {}
func (Erase) effect() {}
func (Send) effect()  {}
func (Dial) effect()  {}
func (Wait) effect()  {}

// Lasting reports whether an effect is one of the journal, which comes before all
// others.
func Lasting(e Effect) bool {
	switch e.(type) {
	case Keep, Erase:
		return true
	}
	return false
}
