package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/clock"
)

var start = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

func TestVirtualCallsInOrder(t *testing.T) {
	v := clock.NewVirtual(start)
	var calls []string
	note := func(name string) func() {
		return func() { calls = append(calls, name+" at "+v.Now().Sub(start).String()) }
	}
	v.AfterFunc(3*time.Second, note("third"))
	v.AfterFunc(time.Second, func() {
		note("first")()
		v.AfterFunc(time.Second, note("set by first"))
		v.AfterFunc(time.Hour, note("too late"))
	})
	v.AfterFunc(time.Second, note("second"))
	v.AfterFunc(-time.Second, note("overdue"))
	stopped := v.AfterFunc(time.Second, note("stopped"))
	assert.True(t, stopped.Stop())
	assert.False(t, stopped.Stop())

	v.Advance(3 * time.Second)
	assert.Equal(t, []string{"overdue at 0s", "first at 1s", "second at 1s", "set by first at 2s", "third at 3s"}, calls)
	assert.Equal(t, start.Add(3*time.Second), v.Now())
}

func TestVirtualNext(t *testing.T) {
	v := clock.NewVirtual(start)
	_, ok := v.Next()
	assert.False(t, ok)
	v.AfterFunc(time.Minute, func() {})
	v.AfterFunc(-time.Second, func() {})
	for _, want := range []time.Duration{0, time.Minute} {
		d, ok := v.Next()
		assert.True(t, ok)
		assert.Equal(t, want, d)
		v.Advance(d)
	}
	_, ok = v.Next()
	assert.False(t, ok)
}

func TestTimerThatHasCalledCanNotBeStopped(t *testing.T) {
	v := clock.NewVirtual(start)
	timer := v.AfterFunc(0, func() {})
	v.Advance(0)
	assert.False(t, timer.Stop())
}

func TestVirtualDoesNotGoBack(t *testing.T) {
	v := clock.NewVirtual(start)
	assert.PanicsWithValue(t, "clock: advance by -1h0m0s, which is back in time", func() { v.Advance(-time.Hour) })
	assert.Equal(t, start, v.Now())
}

func TestSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.Or(nil)
		before := c.Now()
		called := make(chan time.Time, 1)
		c.AfterFunc(time.Minute, func() { called <- c.Now() })
		assert.Equal(t, time.Minute, (<-called).Sub(before))
	})
	v := clock.NewVirtual(start)
	assert.Same(t, v, clock.Or(v))
}
