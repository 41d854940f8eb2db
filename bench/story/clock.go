package story

import (
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/clock"
)

// Clock tells a time that the story moves on; its timers are real, so that waits for
// what travels over real wires come to an end.
type Clock struct {
	mu   sync.Mutex
	now  time.Time
	runs time.Time // on the machine's clock, since when it runs; zero while it stands
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns the time of the story.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs.IsZero() {
		return c.now
	}
	return c.now.Add(time.Since(c.runs))
}

// AfterFunc calls f in its own goroutine once d has passed on the machine's clock.
func (c *Clock) AfterFunc(d time.Duration, f func()) clock.Timer {
	return clock.System{}.AfterFunc(d, f)
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Run has the clock run from now on, as the machine's does. It is put forward to the
// machine's where it is behind, and never back.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = time.Now()
	if c.now.Before(c.runs) {
		c.now = c.runs.UTC()
	}
}

// timers is a clock whose timers can be made to run out at once.
type timers struct {
	*Clock
	real    bool // they run out by themselves alone
	mu      sync.Mutex
	pending map[*timer]struct{}
}

// timer is one of timers.
type timer struct {
	of   *timers
	real clock.Timer
	f    func()
}

// AfterFunc calls f in its own goroutine once d has passed, or all run out.
func (t *timers) AfterFunc(d time.Duration, f func()) clock.Timer {
	one := &timer{of: t, f: f}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending == nil {
		t.pending = map[*timer]struct{}{}
	}
	t.pending[one] = struct{}{}
	one.real = t.Clock.AfterFunc(d, one.call)
	return one
}

// call calls what the timer is for, once.
func (t *timer) call() {
	if t.take() {
		t.f()
	}
}

// take reports whether the timer was still pending, which it is no longer.
func (t *timer) take() bool {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	_, ok := t.of.pending[t]
	delete(t.of.pending, t)
	return ok
}

// Stop has the timer not call any more.
func (t *timer) Stop() bool {
	t.real.Stop()
	return t.take()
}

// expire has all timers run out, but for those that are to do so in real time.
func (t *timers) expire() {
	if t.real {
		return
	}
	t.mu.Lock()
	var all []*timer
	for one := range t.pending {
		all = append(all, one)
	}
	t.mu.Unlock()
	for _, one := range all {
		go one.call()
	}
}
