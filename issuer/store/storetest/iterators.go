package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store"
)

// collect returns what an iteration without an error gives.
func collect[T any](t testing.TB, items iter.Seq2[T, error]) (all []T) {
	t.Helper()
	for item, err := range items {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

// last returns what an iteration gives and the error that ends it.
func last[T any](items iter.Seq2[T, error]) (n int, err error) {
	for _, err := range items {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func testJournal(t *testing.T, h Harness) {
	ctx := context.Background()
	const entries = 700
	s := h.withCards(t, 3)
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	for n := 0; n < entries; n += 2 {
		update(t, s, ref(n/2%2), func(tx store.Tx) {
			tx.Append(store.Entry{Kind: "approved", Actor: "terminal 1", Detail: fmt.Sprint(n), At: at, Number: 99, Previous: 99, Ref: ref(2)})
			tx.Append(store.Entry{Kind: "PIN sent"})
		})
	}
	all := collect(t, s.Journal(ctx, 0))
	require.Len(t, all, entries)
	assert.Equal(t, store.Entry{Number: 1, Ref: ref(0), Kind: "approved", Actor: "terminal 1", Detail: "0", At: at.UTC().Truncate(time.Millisecond)}, all[0])
	assert.Equal(t, all[600:], collect(t, s.Journal(ctx, 600)))
	assert.Empty(t, collect(t, s.Journal(ctx, entries)))
	assert.Empty(t, collect(t, s.Journal(ctx, ^uint64(0))))
	for n := range 3 {
		own := slices.DeleteFunc(slices.Clone(all), func(e store.Entry) bool { return e.Ref != ref(n) })
		slices.Reverse(own)
		if len(own) == 0 {
			own = nil
		}
		assert.Equal(t, own, collect(t, s.History(ctx, ref(n))))
	}
	_, err := last(s.History(ctx, ref(9)))
	require.ErrorIs(t, err, store.ErrNotFound)
}

// testLoops writes to the store in a loop over it.
func testLoops(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.withCards(t, 2)
	count := func(tx store.Tx) { tx.Append(store.Entry{Kind: "counted"}) }
	update(t, s, ref(0), count)
	seen := 0
	for range s.Journal(ctx, 0) {
		update(t, s, ref(0), count)
		if seen++; seen == 3 {
			break
		}
	}
	for c, err := range s.Cards(ctx) {
		require.NoError(t, err)
		update(t, s, c.Ref, count)
	}
	for range s.History(ctx, ref(0)) {
		update(t, s, ref(1), count)
	}
}

func testCards(t *testing.T, h Harness) {
	const cards = 300
	s := h.withCards(t, cards)
	all := collect(t, s.Cards(context.Background()))
	require.Len(t, all, cards)
	assert.True(t, slices.IsSortedFunc(all, func(a, b store.Card) int { return slices.Compare(a.Ref[:], b.Ref[:]) }))
	for _, c := range all {
		require.Equal(t, card(t, s, c.Ref), c.Record)
	}
	for c := range s.Cards(context.Background()) {
		require.Equal(t, all[0], c)
		break
	}
}
