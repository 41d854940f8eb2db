package link_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// TestSettle waits for the acknowledgement of an advice, and no longer than it is
// told where there is none.
func TestSettle(t *testing.T) {
	h := newHost(t, silentTo(message.KindAdvice))
	l, j, v := newLink(t, h, nil)
	assert.Zero(t, l.Settle(t.Context()), "nothing is due")
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Zero(t, l.Settle(t.Context()), "the reversal of what runs is not due")
	require.NoError(t, l.Completed(t.Context(), approved(emv.ScriptResult{})))
	brief, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	assert.Equal(t, 1, l.Settle(brief))
	require.Equal(t, 1, owed(t, j))

	h.follow(approve)
	settled := make(chan int, 1)
	go func() { settled <- l.Settle(t.Context()) }()
	for len(settled) == 0 {
		v.Advance(20 * time.Second) // the advice is given up, and comes again
		time.Sleep(time.Millisecond)
	}
	assert.Zero(t, <-settled)
	assert.Zero(t, owed(t, j))
}

// TestSettleOfAClosedLink: nothing goes out any more, so that there is nothing to
// wait for.
func TestSettleOfAClosedLink(t *testing.T) {
	l, _, _ := newLink(t, newHost(t, silentTo(message.KindAdvice)), nil)
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	require.NoError(t, l.Completed(t.Context(), approved(emv.ScriptResult{})))
	require.NoError(t, l.Close())
	long, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	assert.Equal(t, 1, l.Settle(long))
	assert.NoError(t, long.Err())
}
