package clock

import (
	"slices"
	"sync"
	"time"
)

// Virtual is a clock that stands still until Advance moves it.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers []*virtualTimer // in the order in which they fall due
}

// NewVirtual returns a clock that stands at start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start} }

// virtualTimer is a call at a point of virtual time.
type virtualTimer struct {
	clock *Virtual
	due   time.Time
	call  func()
}

// Now returns the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// AfterFunc has f called by the Advance that reaches the point d from now. Calls
// of one point in time are made in the order in which they were asked for.
func (v *Virtual) AfterFunc(d time.Duration, f func()) Timer {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := &virtualTimer{clock: v, due: v.now.Add(d), call: f}
	at := slices.IndexFunc(v.timers, func(o *virtualTimer) bool { return o.due.After(t.due) })
	if at < 0 {
		at = len(v.timers)
	}
	v.timers = slices.Insert(v.timers, at, t)
	return t
}

// Stop prevents the call and reports whether it did.
func (t *virtualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	at := slices.Index(t.clock.timers, t)
	if at < 0 {
		return false
	}
	t.clock.timers = slices.Delete(t.clock.timers, at, at+1)
	return true
}

// Advance moves the clock on by d and makes the calls that fall due on the way,
// each with the clock at its own point in time. Calls may set timers of their
// own, which count where they fall due within d. It panics where d is negative.
func (v *Virtual) Advance(d time.Duration) {
	if d < 0 {
		panic("clock: advance by " + d.String() + ", which is back in time")
	}
	end := v.Now().Add(d)
	for {
		t := v.next(end)
		if t == nil {
			return
		}
		t.call()
	}
}

// Next returns how long it is until a timer falls due; false where there is none.
func (v *Virtual) Next() (d time.Duration, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.timers) == 0 {
		return 0, false
	}
	return max(v.timers[0].due.Sub(v.now), 0), true
}

// next takes the first timer that is due by end and moves the clock to it, or
// to end where there is none.
func (v *Virtual) next(end time.Time) *virtualTimer {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.timers) == 0 || v.timers[0].due.After(end) {
		v.now = end
		return nil
	}
	t := v.timers[0]
	v.timers = slices.Delete(v.timers, 0, 1)
	if t.due.After(v.now) {
		v.now = t.due
	}
	return t
}
