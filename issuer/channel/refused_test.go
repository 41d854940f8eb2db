package channel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/store"
)

// refusedLines returns what the journal says of refusals on a card.
func (b *bank) refusedLines(of channel.Asked) (lines []string) {
	for e, err := range b.store.History(context.Background(), of.Card) {
		require.NoError(b.t, err)
		if e.Kind == "refused" {
			lines = append([]string{e.Actor + ": " + e.Detail}, lines...)
		}
	}
	return lines
}

// TestRefusalsArePaced: who is refused a thousand times gets twenty lines of the journal
// and one that counts; each refusal is answered all the same.
func TestRefusalsArePaced(t *testing.T) {
	b := newBank(t)
	me, other := b.asks(anna, ben), b.asks(carl, ben)
	for range 1000 {
		_, err := b.CreatePIN(t.Context(), me, digits("8361"))
		requireRefusal(t, channel.NotAllowed, err)
	}
	_, err := b.Unblock(t.Context(), me)
	requireRefusal(t, channel.NotAllowed, err)
	lines := b.refusedLines(me)
	require.Len(t, lines, 20)
	assert.Equal(t, "member 1 by web: create PIN: not-allowed: only the cardholder may", lines[19])

	_, err = b.Activate(t.Context(), other) // another member has a pace of his own
	requireRefusal(t, channel.NotAllowed, err)
	require.Len(t, b.refusedLines(me), 21)

	b.clock.Advance(time.Minute)
	lines = b.refusedLines(me)
	require.Len(t, lines, 22)
	assert.Equal(t, "member 1 by web: 981 more, the last: unblock PIN: not-allowed: only the cardholder may", lines[21])
	b.clock.Advance(time.Hour)
	require.Len(t, b.refusedLines(me), 22, "nothing more to count")

	_, err = b.Activate(t.Context(), me)
	requireRefusal(t, channel.NotAllowed, err)
	require.Len(t, b.refusedLines(me), 23, "paid back by then")
}

// TestRefusalsKeepComing: one line in a minute, however long it goes on, and no refusal
// that none of them counts.
func TestRefusalsKeepComing(t *testing.T) {
	b := newBank(t)
	me := b.asks(anna, ben)
	for range 60 {
		for range 50 {
			_, err := b.Activate(t.Context(), me)
			requireRefusal(t, channel.NotAllowed, err)
		}
		b.clock.Advance(time.Minute)
	}
	total := 0
	lines := b.refusedLines(me)
	for _, line := range lines {
		_, count, counts := strings.Cut(line, "by web: ")
		require.True(t, counts)
		n := 1
		if strings.Contains(count, " more, ") {
			n = 0
			for _, c := range count {
				if c < '0' || c > '9' {
					break
				}
				n = 10*n + int(c-'0')
			}
		}
		total += n
	}
	assert.Equal(t, 3000, total)
	assert.LessOrEqual(t, len(lines), 20+60)
}

// TestRefusalsWithoutAStore: where the line that counts can not be written, nothing
// waits for it.
func TestRefusalsWithoutAStore(t *testing.T) {
	b := newBank(t)
	me := b.asks(anna, ben)
	for range 30 {
		_, err := b.Activate(t.Context(), me)
		requireRefusal(t, channel.NotAllowed, err)
	}
	require.NoError(t, b.store.Close())
	b.clock.Advance(time.Hour)
	_, err := b.Activate(t.Context(), me)
	require.ErrorIs(t, err, store.ErrClosed)
}
