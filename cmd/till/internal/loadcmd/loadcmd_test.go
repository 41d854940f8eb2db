package loadcmd

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/bench/load"
)

// TestProgress: a terminal is told how far a load is; anything else is not.
func TestProgress(t *testing.T) {
	counts := &load.Progress{Total: 100}
	counts.Sent.Store(40)
	counts.Answered.Store(37)
	assert.Equal(t, "200/s: 40 of 100 sent, 3 wait for an answer", state(200, counts))
	assert.Equal(t, "40 of 100 sent, 3 wait for an answer", state(0, counts))
	var out bytes.Buffer
	p := newProgress(&out)
	p.say("making requests")
	stop := p.watch(200, counts)
	stop()
	p.clear()
	assert.Empty(t, out.String())
	p.quiet = false
	stop = p.watch(200, counts)
	stop()
	p.clear()
	assert.Equal(t, clearLine, out.String())
}

func TestHeadline(t *testing.T) {
	r := &load.Report{Cards: 1, Result: &load.Result{Rate: 50, Requests: 10, Right: 8, Wrong: 1, Missing: 1, Terminals: 2}}
	assert.Equal(t, "10 requests at 50/s, 1 card, 2 terminals: 8 right, 1 wrong, 1 not answered", headline(r))
	r.Result.Rate, r.Result.Right = 0, 10
	assert.Equal(t, "10 requests as fast as they are answered, 1 card, 2 terminals: all answers right", headline(r))
}
