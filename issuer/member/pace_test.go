package member_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/issuer/member"
)

func TestPace(t *testing.T) {
	p := member.Pace{AtOnce: 3, Every: time.Minute}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var full time.Time
	take := func(at time.Duration) (wait time.Duration) {
		full, wait = p.Take(full, start.Add(at))
		return wait
	}
	for range 3 {
		assert.Zero(t, take(0))
	}
	assert.Equal(t, time.Minute, take(0))
	assert.Equal(t, time.Second, take(59*time.Second), "what was refused does not count")
	assert.Zero(t, take(time.Minute))
	assert.Equal(t, time.Minute, take(time.Minute))
	for range 3 {
		assert.Zero(t, take(time.Hour), "all are there again, and no more than that")
	}
	assert.Equal(t, time.Minute, take(time.Hour))
	assert.Zero(t, take(0), "the clock was set back: nobody waits until it has caught up")
	assert.Equal(t, time.Minute, take(0))
}

// In no stretch of time there are more than AtOnce and one for each Every.
func TestPaceHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := member.Pace{AtOnce: rapid.IntRange(1, 5).Draw(t, "at once"), Every: time.Second * time.Duration(rapid.IntRange(1, 100).Draw(t, "every"))}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var full time.Time
		var done []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			now = now.Add(time.Millisecond * time.Duration(rapid.IntRange(0, 200_000).Draw(t, "pause")))
			next, wait := p.Take(full, now)
			if wait > 0 {
				if next != full || wait > p.Every {
					t.Fatal("a refusal changes nothing and asks for no more than one turn")
				}
				if _, wait = p.Take(full, now.Add(wait)); wait != 0 {
					t.Fatal("refused when the wait is over")
				}
				continue
			}
			full, done = next, append(done, now)
		}
		for i := range done {
			for j := i; j < len(done); j++ {
				if most := p.AtOnce + int(done[j].Sub(done[i])/p.Every); j-i+1 > most {
					t.Fatalf("%d in %v", j-i+1, done[j].Sub(done[i]))
				}
			}
		}
	})
}
