package channel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

var pinGood = pinlife.CVR{OfflinePINPerformed: true}

// A PIN that went out and was not confirmed, and one that waits behind another.
func TestStatusOfAChangeUnderWay(t *testing.T) {
	b, me := stableBank(t)
	_, err := b.ChangePIN(t.Context(), me, digits("9272"))
	require.NoError(t, err)
	b.change(ben, step(insertion(3, pinGood)))
	assertPIN(t, b, me, channel.OnItsWay)
	st, err := b.ChangePIN(t.Context(), me, digits("7351"))
	require.NoError(t, err)
	assert.Equal(t, channel.Pending, st.PIN, "the newer one")

	b, me = stableBank(t)
	_, err = b.ChangePIN(t.Context(), me, digits("9272"))
	require.NoError(t, err)
	b.change(ben, step(insertion(3, pinGood)))
	b.change(ben, step(insertion(4, pinlife.CVR{})))
	st = assertPIN(t, b, me, channel.Failed)
	assert.Equal(t, "the new PIN did not arrive on the card", st.Text)
}

// An unblock that is out is not a PIN that is on its way.
func TestStatusOfAnUnblock(t *testing.T) {
	b, me := stableBank(t)
	_, err := b.Unblock(t.Context(), me)
	require.NoError(t, err)
	b.change(ben, step(insertion(3, pinlife.CVR{TryLimitExceeded: true})))
	require.Equal(t, pinlife.Sent, b.record(ben).PIN.Phase())
	st := assertPIN(t, b, me, channel.Done)
	assert.True(t, st.Unblock)
	assert.Equal(t, "the PIN is active; new PIN tries wait for the card", st.Text)

	b.change(ben, step(insertion(4, pinlife.CVR{OfflinePINPerformed: true, ScriptCount: 1})))
	assert.False(t, assertPIN(t, b, me, channel.Done).Unblock)
	_, err = b.ChangePIN(t.Context(), me, digits("9272"))
	require.NoError(t, err)
	st, err = b.Unblock(t.Context(), me)
	require.NoError(t, err)
	assert.Equal(t, "insert the card at a checkout terminal and use the old PIN a last time; a tap will not do", st.Next, "once, for both")
}

func TestStatusInWords(t *testing.T) {
	b, me := stableBank(t)
	status := func(change func(*store.Record)) channel.Status {
		t.Helper()
		b.change(ben, change)
		st, err := b.Status(t.Context(), me)
		require.NoError(t, err)
		return st
	}
	st := status(func(r *store.Record) { r.Tries = 3 })
	assert.Equal(t, "the PIN is active; online the PIN is locked after too many wrong ones", st.Text)
	assert.Equal(t, "call the issuer", st.Next)
	st = status(func(r *store.Record) { r.Status = store.Blocked })
	assert.Equal(t, "the card is blocked; the PIN is active; online the PIN is locked after too many wrong ones", st.Text)
	assert.Equal(t, "call the issuer", st.Next)
	st = status(func(r *store.Record) { r.Tries = 2 })
	assert.False(t, st.Locked)
	assert.Equal(t, "the card is blocked; the PIN is active", st.Text)
	st = status(func(r *store.Record) { r.Status, r.Tries = store.NotActivated, 0 })
	assert.Equal(t, "the card is not activated; the PIN is active", st.Text)
	assert.Equal(t, "activate the card", st.Next)

	s, err := channel.New(channel.Config{Store: b.store, PINs: b.hsm, Clock: b.clock})
	require.NoError(t, err)
	for _, tries := range []uint8{0, 255} {
		b.change(ben, func(r *store.Record) { r.Tries = tries })
		st, err := s.Status(t.Context(), me)
		require.NoError(t, err)
		assert.False(t, st.Locked, "no number of tries locks it")
	}
}

// A member does not see a card that is his no more, though it is on his list.
func TestCardsOfOthers(t *testing.T) {
	b := newBank(t)
	b.change(ben, func(r *store.Record) { r.Holder, r.Primary = carl, carl })
	cards, err := b.Cards(t.Context(), anna)
	require.NoError(t, err)
	require.Len(t, cards, 1)
	assert.Equal(t, b.cards[anna], cards[0].Ref)
}
