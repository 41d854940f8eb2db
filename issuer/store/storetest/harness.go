package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Harness is how a test gets at the stores of one kind.
type Harness struct {
	// New returns an empty store, which the test closes.
	New func(t testing.TB) store.Store

	// Reopen closes a store that New returned and opens it again; nil where nothing
	// outlives Close.
	Reopen func(t testing.TB, s store.Store) store.Store

	// Runs is how often the store is held against a model, with a new store each time; 0
	// is rapid's default.
	Runs int
}

// checker is what a store offers that can look itself over.
type checker interface {
	Check(ctx context.Context) error
}

// open returns an empty store, which is checked and closed at the end.
func (h Harness) open(t testing.TB) store.Store {
	s := h.New(t)
	t.Cleanup(func() { finish(t, s) })
	return s
}

// finish checks a store and closes it.
func finish(t testing.TB, s store.Store) {
	if c, ok := s.(checker); ok {
		require.NoError(t, c.Check(context.Background()))
	}
	require.NoError(t, s.Close())
}

// ref returns the reference of the nth account of a test.
func ref(n int) (r account.Ref) {
	r[0], r[14], r[15] = byte(n*37), byte(n>>8), byte(n)
	return r
}

// people adds a member who is primary and one who is not, and returns them.
func people(t testing.TB, s store.Store) (primary, other member.ID) {
	t.Helper()
	ctx := context.Background()
	primary, err := s.Members().Create(ctx, member.Member{Name: "Primary", Login: member.Login{Name: "primary"}})
	require.NoError(t, err)
	other, err = s.Members().Create(ctx, member.Member{Name: "Supplementary", Login: member.Login{Name: "other"}})
	require.NoError(t, err)
	return primary, other
}

// withCards returns a store with that many cards, ref(0) and on.
func (h Harness) withCards(t testing.TB, cards int) store.Store {
	t.Helper()
	s := h.open(t)
	primary, other := people(t, s)
	for n := range cards {
		require.NoError(t, s.Create(context.Background(), ref(n), record(other, primary)))
	}
	return s
}

// card returns the record of an account.
func card(t testing.TB, s store.Store, r account.Ref) (found store.Record) {
	t.Helper()
	require.NoError(t, s.View(context.Background(), r, func(x store.Snapshot) error {
		found = *x.Card()
		return nil
	}))
	return found
}

// update runs an update that must succeed.
func update(t testing.TB, s store.Store, r account.Ref, fn func(store.Tx)) {
	t.Helper()
	require.NoError(t, s.Update(context.Background(), r, func(tx store.Tx) error {
		fn(tx)
		return nil
	}))
}
