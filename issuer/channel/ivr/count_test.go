package ivr_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
)

// counted notes what is counted of calls.
type counted struct{ lines []string }

func (c *counted) Began(adapter string) { c.lines = append(c.lines, adapter) }
func (c *counted) Ended(adapter string, why ivr.End) {
	c.lines = append(c.lines, adapter+" "+string(why))
}

// TestCallsAreCounted ends calls in each way that there is: each is counted once, by
// words alone.
func TestCallsAreCounted(t *testing.T) {
	ctx := t.Context()
	ends := map[ivr.End]func(b *bank, c *caller){
		ivr.Finished: func(b *bank, c *caller) { c.presses(benPAN + "#" + b.Code(benPAN) + "9") },
		ivr.Gone:     func(_ *bank, c *caller) { c.call.End() },
		ivr.Unheard:  func(_ *bank, c *caller) { c.presses("###") },
		ivr.Unknown: func(_ *bank, c *caller) {
			c.presses("0")
			require.NoError(t, c.bank.Dismiss(ctx, "carla", c.call.Number))
		},
		ivr.TooOften:   func(b *bank, c *caller) { c.presses(benPAN + "#" + b.Code(benPAN) + "12" + "111111112222222233333333") },
		ivr.Unattended: func(_ *bank, c *caller) { c.presses("0"); c.call.Silent(ctx) },
		ivr.OutOfReach: func(b *bank, c *caller) { require.NoError(t, b.Store.Close()); c.presses(benPAN + "#0000") },
		ivr.TooLong:    func(b *bank, _ *caller) { b.Clock.Advance(ivr.CallMax) },
	}
	for want, end := range ends {
		b, count := newBank(t), new(counted)
		var err error
		b.Line, err = ivr.NewLine(ivr.Config{Service: b.Service, Care: true, Clock: b.Clock, Count: count})
		require.NoError(t, err)
		c, _ := b.ring()
		end(b, c)
		c.call.End() // as adapters do in any case
		assert.Equal(t, []string{"test", "test " + string(want)}, count.lines)
	}
	count := new(counted)
	line, err := ivr.NewLine(ivr.Config{Service: (*channel.Service)(nil), Count: count})
	require.NoError(t, err)
	for range ivr.CallsMax {
		_, _, err := line.Begin(ctx, "sip")
		require.NoError(t, err)
	}
	_, _, err = line.Begin(ctx, "sip")
	require.ErrorIs(t, err, ivr.ErrBusy)
	assert.Equal(t, []string{"sip", "sip " + string(ivr.Turned)}, count.lines[ivr.CallsMax:])
}
