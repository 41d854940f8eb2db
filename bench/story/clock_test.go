package story_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/bench/story"
)

// TestClockRuns: a clock that runs shows the machine's time, so that who goes on with a
// story that began at a fixed date is not logged in for a time that is over. It never
// goes back.
func TestClockRuns(t *testing.T) {
	began := time.Now()
	late := story.NewClock(start.AddDate(-50, 0, 0))
	late.Run()
	assert.False(t, late.Now().Before(began))
	assert.WithinDuration(t, time.Now(), late.Now(), time.Minute)

	ahead := began.Add(time.Hour)
	early := story.NewClock(ahead)
	early.Run()
	assert.False(t, early.Now().Before(ahead))
}
