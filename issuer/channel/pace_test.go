package channel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// stableBank is a bank whose card has proven that its PIN is 8361.
func stableBank(t *testing.T) (*bank, channel.Asked) {
	t.Helper()
	b := newBank(t)
	me := b.asks(ben, ben)
	_, err := b.Activate(t.Context(), me)
	require.NoError(t, err)
	_, err = b.CreatePIN(t.Context(), me, digits("8361"))
	require.NoError(t, err)
	b.change(ben, step(insertion(1, pinlife.CVR{TryLimitExceeded: true})))
	b.change(ben, step(insertion(2, pinlife.CVR{OfflinePINPerformed: true, ScriptCount: 1})))
	assertPIN(t, b, me, channel.Done)
	return b, me
}

// Who changes the PIN to the one that the card has gets the answer of any other
// change: it tells nothing. docs/pin-lifecycle.md, section 3.
func TestChangeToTheSamePIN(t *testing.T) {
	b, me := stableBank(t)
	same, err := b.ChangePIN(t.Context(), me, digits("8361"))
	require.NoError(t, err)
	assert.Equal(t, channel.Pending, same.PIN)
	assert.EqualValues(t, 2, b.record(ben).PIN.Pending)

	b, me = stableBank(t)
	other, err := b.ChangePIN(t.Context(), me, digits("9272"))
	require.NoError(t, err)
	assert.Equal(t, other, same)
}

// Changes are paced for each card by itself: ten in a row, one more in five
// minutes, and so on for ever.
func TestChangesArePaced(t *testing.T) {
	b, me := stableBank(t)
	ctx := t.Context()
	for n := range 10 {
		a := me
		a.Key = string(rune('a' + n))
		_, err := b.ChangePIN(ctx, a, digits("9272"))
		require.NoError(t, err)
	}
	before := b.record(ben)
	_, err := b.ChangePIN(ctx, me, digits("8361"))
	r := requireRefusal(t, channel.TooOften, err)
	assert.Equal(t, 5*time.Minute, r.Wait)
	assert.Equal(t, "try again in 300 seconds", r.Next())
	assert.Equal(t, before, b.record(ben))
	lines := b.journal()
	assert.Equal(t, "member 2 by web: refused: change PIN: too-often", lines[len(lines)-1])

	again := me
	again.Key = "a"
	_, err = b.ChangePIN(ctx, again, digits("9272"))
	require.NoError(t, err, "it was carried out before: no further change")
	_, err = b.Unblock(ctx, me)
	require.NoError(t, err, "other verbs have no such bound")
	_, err = b.Status(ctx, me)
	require.NoError(t, err)

	b.Service, err = channel.New(channel.Config{Store: b.store, PINs: b.hsm, Clock: b.clock})
	require.NoError(t, err)
	b.clock.Advance(5*time.Minute - time.Millisecond)
	_, err = b.ChangePIN(ctx, me, digits("8361"))
	assert.Equal(t, "try again in 1 seconds", requireRefusal(t, channel.TooOften, err).Next(), "a restart forgets nothing")

	b.clock.Advance(time.Millisecond)
	for range 30 {
		_, err = b.ChangePIN(ctx, me, digits("9272"))
		require.NoError(t, err, "there is no limit to the number of changes")
		b.clock.Advance(5 * time.Minute)
	}
}

// What was refused for another reason is not counted, nor is another card's change.
func TestWhatIsNotPaced(t *testing.T) {
	b, me := stableBank(t)
	ctx := t.Context()
	_, err := b.CreatePIN(ctx, b.asks(anna, anna), digits("7351"))
	require.NoError(t, err)
	for range 20 {
		_, err := b.ChangePIN(ctx, me, digits("1111"))
		requireRefusal(t, channel.WeakPIN, err)
	}
	for range 10 {
		_, err := b.ChangePIN(ctx, me, digits("9272"))
		require.NoError(t, err)
	}
	_, err = b.ChangePIN(ctx, b.asks(anna, anna), digits("9272"))
	require.NoError(t, err)
}

func TestPaceOfAConfiguration(t *testing.T) {
	b, me := stableBank(t)
	var err error
	b.Service, err = channel.New(channel.Config{Store: b.store, PINs: b.hsm, Clock: b.clock, Changes: member.Pace{AtOnce: 1, Every: time.Hour}})
	require.NoError(t, err)
	_, err = b.ChangePIN(t.Context(), me, digits("9272"))
	require.NoError(t, err)
	_, err = b.ChangePIN(t.Context(), me, digits("9272"))
	assert.Equal(t, time.Hour, requireRefusal(t, channel.TooOften, err).Wait)
	b.change(ben, func(r *store.Record) { r.Status = store.Stolen })
	_, err = b.ChangePIN(t.Context(), me, digits("9272"))
	requireRefusal(t, channel.NotUsable, err)
}
