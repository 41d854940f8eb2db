package channel_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// hooked is a store that calls a function whenever a card was read: between what a
// service decides on and what it commits.
type hooked struct {
	store.Store
	read func()
}

// View reads, and then has the others do what they do meanwhile.
func (h hooked) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	err := h.Store.View(ctx, ref, fn)
	h.read()
	return err
}

// meanwhile returns a service on the bank's store for which something happens behind
// each of its reads, as often as asked for.
func (b *bank) meanwhile(times int, happens func()) *channel.Service {
	b.t.Helper()
	s, err := channel.New(channel.Config{PINs: b.hsm, Clock: b.clock, Store: hooked{b.store, func() {
		if times > 0 {
			times--
			happens()
		}
	}}})
	require.NoError(b.t, err)
	return s
}

// A change that another one overtakes is decided again: none is lost.
func TestChangeWhileAnotherIsMade(t *testing.T) {
	b, me := stableBank(t)
	s := b.meanwhile(1, func() {
		_, err := b.ChangePIN(t.Context(), me, digits("9272"))
		require.NoError(t, err)
	})
	_, err := s.ChangePIN(t.Context(), me, digits("7351"))
	require.NoError(t, err)
	r := b.record(ben)
	assert.EqualValues(t, 3, r.PIN.Newest)
	assert.EqualValues(t, 3, r.PIN.Pending)
	lines := b.journal()
	assert.Equal(t, []string{"member 2 by web: PIN changed: generation 2", "member 2 by web: PIN changed: generation 3"}, lines[len(lines)-2:])
}

// A request of the card that comes meanwhile is not undone. Otherwise its ATC could
// be used again.
func TestUnblockWhileTheCardPays(t *testing.T) {
	b, me := stableBank(t)
	s := b.meanwhile(1, func() { b.change(ben, step(insertion(9, pinlife.CVR{OfflinePINPerformed: true}))) })
	_, err := s.Unblock(t.Context(), me)
	require.NoError(t, err)
	r := b.record(ben)
	assert.EqualValues(t, 9, r.PIN.HighestATC)
	assert.True(t, r.PIN.Unblock)
}

// Two attempts of one request at the same time are one, also where the first left
// the record as it was.
func TestTwoAttemptsAtTheSameTime(t *testing.T) {
	b, me := stableBank(t)
	_, err := b.Unblock(t.Context(), me)
	require.NoError(t, err)
	a := me
	a.Key = "again"
	before := len(b.journal())
	s := b.meanwhile(1, func() {
		_, err := b.Unblock(t.Context(), a)
		require.NoError(t, err)
	})
	_, err = s.Unblock(t.Context(), a)
	require.NoError(t, err)
	assert.Len(t, b.journal(), before+1)

	s = b.meanwhile(1, func() {
		_, err := b.Unblock(t.Context(), me)
		require.NoError(t, err)
	})
	_, err = s.Unblock(t.Context(), me)
	require.NoError(t, err)
	assert.Len(t, b.journal(), before+3, "without a key they are two")
}

// A card that others change all the time is not waited for without end.
func TestBusyCard(t *testing.T) {
	for times, busy := range map[int]bool{7: false, 8: true} {
		b, me := stableBank(t)
		s := b.meanwhile(times, func() { b.change(ben, func(r *store.Record) { r.Tries++ }) })
		_, err := s.ChangePIN(t.Context(), me, digits("9272"))
		if !busy {
			require.NoError(t, err)
			continue
		}
		requireRefusal(t, channel.Busy, err)
		lines := b.journal()
		assert.Equal(t, "member 2 by web: refused: change PIN: busy", lines[len(lines)-1])
		assert.Equal(t, pinlife.NoPIN, b.record(ben).PIN.Pending)
	}
}
