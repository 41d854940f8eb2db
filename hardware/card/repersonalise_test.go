package card_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// used returns the memory of a card whose story has been played: its PIN is
// another, and the counters have moved.
func used(t *testing.T) *card.Memory {
	t.Helper()
	m := created(t)
	icc := opened(t, m)
	require.Len(t, play(t, icc), len(story)+1)
	require.True(t, acceptsPIN(t, m, "5678"))
	return m
}

func TestRepersonalise(t *testing.T) {
	m := used(t)
	icc := opened(t, m)
	before, fresh := icc.Status()[0], opened(t, created(t)).Status()[0]
	require.NotZero(t, before.LastOnlineATC)
	session := inserted(t, icc)
	require.NoError(t, icc.Repersonalise())
	_, err := session.card.Transmit(t.Context(), []byte{0, 0xA4, 4, 0})
	require.ErrorIs(t, err, hardware.ErrCardRemoved, "the session is over")

	for name, c := range map[string]*card.ICC{"now": icc, "opened again": opened(t, m.Clone())} {
		want := fresh
		want.ATC = before.ATC
		assert.Equal(t, want, c.Status()[0], name)
	}
	assert.True(t, acceptsPIN(t, m, "1234"), "the PIN it was issued with")
	assert.False(t, acceptsPIN(t, m, "5678"))
}

// TestRepersonaliseTorn has the power go at every instant: the card is as it was or
// as it was issued, and its ATC has not fallen.
func TestRepersonaliseTorn(t *testing.T) {
	whole := used(t)
	icc := opened(t, whole.Clone())
	before := icc.Status()[0]
	require.NoError(t, icc.Repersonalise())
	after := icc.Status()[0]

	counting := card.NewTearing(whole.Clone(), math.MaxInt64)
	require.NoError(t, opened(t, counting).Repersonalise())
	seen := map[bool]int{}
	for steps := range counting.Steps() {
		m := whole.Clone()
		torn := card.NewTearing(m, steps)
		if c, err := card.Open(card.Config{Medium: torn, Key: storageKey(t, 1)}); err == nil {
			require.ErrorIs(t, c.Repersonalise(), card.ErrTorn)
			_, err := c.PowerOn(hardware.Contact)
			require.ErrorIs(t, err, card.ErrTorn, "it must be opened again")
			require.ErrorIs(t, c.Repersonalise(), card.ErrTorn)
		}
		now := opened(t, m).Status()[0]
		isReset := assert.ObjectsAreEqual(after, now)
		require.True(t, isReset || assert.ObjectsAreEqual(before, now), "step %d", steps)
		require.Equal(t, isReset, acceptsPIN(t, m, "1234"))
		seen[isReset]++
	}
	assert.NotZero(t, seen[false])
	assert.NotZero(t, seen[true], "torn between the record and its sync")
}
