// Package clock is time as components see it: the system's, or a virtual one
// that a test moves by hand. Time-outs run on a Clock; deadlines on sockets are
// an outer safety net only.
package clock

import "time"

// Clock tells the time and calls back later.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine, or for a virtual clock in that of
	// Advance, once d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that is to come.
type Timer interface {
	// Stop prevents the call and reports whether it did: false says that the
	// call has been made or stopped before.
	Stop() bool
}

// System is the clock of the machine.
type System struct{}

// Now returns the current time.
func (System) Now() time.Time { return time.Now() }

// AfterFunc calls f in its own goroutine once d has passed.
func (System) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Or returns c, or the system's clock where c is nil.
func Or(c Clock) Clock {
	if c == nil {
		return System{}
	}
	return c
}
