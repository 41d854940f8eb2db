package channel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/testdata/chance"
)

// TestObserve: who observes learns of each request once, with what became of it,
// and of no PIN.
func TestObserve(t *testing.T) {
	b := newBank(t)
	var events []channel.Event
	b.observe = func(e channel.Event) { events = append(events, e) }
	_, err := b.CreatePIN(t.Context(), b.asks(anna, anna), digits("8361"))
	require.NoError(t, err)
	_, err = b.CreatePIN(t.Context(), b.asks(anna, ben), digits("8361"))
	require.Error(t, err)
	require.Len(t, events, 2)
	assert.Equal(t, member.CreatePIN, events[0].Action)
	assert.Equal(t, channel.FirstPending, events[0].Status.PIN)
	assert.NoError(t, events[0].Err)
	requireRefusal(t, channel.NotAllowed, events[1].Err)
	assert.Equal(t, anna, events[1].Asked.Member)
	assert.NotContains(t, chance.Without(fmt.Sprintf("%+v", events)), "8361")
}
