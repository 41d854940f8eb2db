package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// act appends an entry of a member.
func act(t testing.TB, s store.Store, id member.ID, kind string) {
	t.Helper()
	require.NoError(t, s.Members().Update(context.Background(), id, func(_ *member.Member, appendEntry func(store.Entry)) error {
		appendEntry(store.Entry{Kind: kind, Ref: ref(1), Member: 9})
		return nil
	}))
}

// journalled returns a store whose cards and members take turns in the journal.
func (h Harness) journalled(t testing.TB, entries int) store.Store {
	t.Helper()
	s := h.withCards(t, 2)
	for n := range entries {
		if n%3 == 2 {
			act(t, s, member.ID(1+n%2), "login")
			continue
		}
		update(t, s, ref(n%2), func(tx store.Tx) { tx.Append(store.Entry{Kind: "made", Detail: fmt.Sprint(n)}) })
	}
	return s
}

// whole checks a store that can check itself.
func whole(t testing.TB, s store.Store) {
	t.Helper()
	if c, ok := s.(checker); ok {
		require.NoError(t, c.Check(context.Background()))
	}
}

func testActs(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.withCards(t, 1)
	act(t, s, 2, "login")
	update(t, s, ref(0), func(tx store.Tx) { tx.Append(store.Entry{Kind: "made", Member: 7}) })
	act(t, s, 1, "login")
	act(t, s, 2, "logout")
	all := collect(t, s.Journal(ctx, 0))
	require.Len(t, all, 4)
	assert.Equal(t, []member.ID{2, 0, 1, 2}, []member.ID{all[0].Member, all[1].Member, all[2].Member, all[3].Member})
	assert.Equal(t, []uint64{0, 0, 0, 1}, []uint64{all[0].Previous, all[1].Previous, all[2].Previous, all[3].Previous})
	assert.Zero(t, all[0].Ref)
	assert.Equal(t, ref(0), all[1].Ref)
	err := s.Members().Update(ctx, 1, func(m *member.Member, appendEntry func(store.Entry)) error {
		m.Login.Failures.Count = 9
		appendEntry(store.Entry{})
		return nil
	})
	require.ErrorIs(t, err, store.ErrRecord, "an entry without a kind")
	m, err := s.Members().Get(ctx, 1)
	require.NoError(t, err)
	assert.Zero(t, m.Login.Failures.Count)
}

func testLinks(t *testing.T, h Harness) {
	ctx := context.Background()
	seen := map[store.Link]bool{{}: true}
	for _, entries := range []int{0, 1, 12} {
		s := h.journalled(t, entries)
		number, newest, err := s.Newest(ctx)
		require.NoError(t, err)
		require.EqualValues(t, entries, number)
		for n := 1; n <= entries; n++ {
			l, err := s.Link(ctx, uint64(n))
			require.NoError(t, err)
			if n == entries {
				assert.Equal(t, newest, l)
				assert.False(t, seen[l])
			}
			seen[l] = true
		}
		_, err = s.Link(ctx, uint64(entries+1))
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

func testSeals(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.journalled(t, 3)
	for _, bad := range []store.Seal{{Number: 4, Sealed: []byte("x")}, {Number: 0, Sealed: []byte("x")}, {Number: 1}, {Number: 1, Sealed: make([]byte, store.SealMax+1)}} {
		require.ErrorIs(t, s.PutSeal(ctx, bad), store.ErrRecord)
	}
	want := []store.Seal{{Number: 1, Sealed: []byte("one")}, {Number: 3, Sealed: []byte("three")}}
	require.NoError(t, s.PutSeal(ctx, want[1]))
	require.NoError(t, s.PutSeal(ctx, want[0]))
	require.NoError(t, s.PutSeal(ctx, store.Seal{Number: 1, Sealed: []byte("another")}))
	assert.Equal(t, want, collect(t, s.Seals(ctx)))
}

func testPrune(t *testing.T, h Harness) {
	ctx := context.Background()
	const entries = 30
	s := h.journalled(t, entries)
	all := collect(t, s.Journal(ctx, 0))
	require.NoError(t, s.PutSeal(ctx, store.Seal{Number: 2, Sealed: []byte("old")}))
	_, err := s.Prune(ctx, store.Seal{Number: entries, Sealed: []byte("all")})
	require.ErrorIs(t, err, store.ErrRecord, "the newest stays")
	_, err = s.Prune(ctx, store.Seal{Number: 5})
	require.ErrorIs(t, err, store.ErrRecord, "no seal")
	pruned := 0
	for _, through := range []int{1, 5, 5, 17, entries - 1} {
		removed, err := s.Prune(ctx, store.Seal{Number: uint64(through), Sealed: []byte("checkpoint")})
		require.NoError(t, err)
		assert.Equal(t, through-pruned, removed)
		pruned = through
		whole(t, s)
		assert.Equal(t, all[through:], collect(t, s.Journal(ctx, 0)))
		seals := collect(t, s.Seals(ctx))
		assert.Equal(t, store.Seal{Number: uint64(through), Sealed: []byte("checkpoint")}, seals[0])
		for n := range 2 {
			for _, e := range collect(t, s.History(ctx, ref(n))) {
				require.Greater(t, e.Number, uint64(through))
			}
		}
	}
	update(t, s, ref(0), func(tx store.Tx) { tx.Append(store.Entry{Kind: "made"}) })
	act(t, s, 1, "login")
	whole(t, s)
	number, _, err := s.Newest(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, entries+2, number)
}
