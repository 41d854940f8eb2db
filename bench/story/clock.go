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
