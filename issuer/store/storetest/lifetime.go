package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// everything calls every method of a store that reports an error, and returns the
// errors by name.
func everything(ctx context.Context, s store.Store, fn func()) map[string]error {
	at := time.Unix(0, 0)
	errs := map[string]error{
		"view":    s.View(ctx, ref(0), func(store.Snapshot) error { fn(); return nil }),
		"update":  s.Update(ctx, ref(0), func(store.Tx) error { fn(); return nil }),
		"create":  s.Create(ctx, ref(100), record(1, 1)),
		"member":  s.Members().Update(ctx, 1, func(*member.Member, func(store.Entry)) error { fn(); return nil }),
		"put":     s.Sessions().Put(ctx, store.NewSessionKey("x"), nil, at),
		"discard": s.Sessions().Delete(ctx, store.NewSessionKey("x")),
	}
	_, errs["cards"] = last(s.Cards(ctx))
	_, errs["journal"] = last(s.Journal(ctx, 0))
	_, errs["history"] = last(s.History(ctx, ref(0)))
	_, errs["members"] = last(s.Members().All(ctx))
	_, errs["new member"] = s.Members().Create(ctx, member.Member{Name: "x"})
	_, errs["get member"] = s.Members().Get(ctx, 1)
	_, errs["login"] = s.Members().ByLogin(ctx, "primary")
	_, errs["session"] = s.Sessions().Get(ctx, store.NewSessionKey("x"), at)
	_, errs["sweep"] = s.Sessions().Sweep(ctx, at)
	return errs
}

func testContexts(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	before := card(t, s, ref(0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, err := range everything(ctx, s, func() { t.Error("called") }) {
		assert.ErrorIs(t, err, context.Canceled, name)
	}
	assert.Equal(t, before, card(t, s, ref(0)))
}

// testWaiting has an update wait behind another one until its context ends.
func testWaiting(t *testing.T, h Harness) {
	s := h.withCards(t, 2)
	var group sync.WaitGroup
	var once sync.Once
	begun, finish := make(chan struct{}), make(chan struct{})
	group.Go(func() {
		assert.NoError(t, s.Update(context.Background(), ref(0), func(tx store.Tx) error {
			once.Do(func() { close(begun) })
			<-finish
			tx.Card().Tries = 1
			return nil
		}))
	})
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	outcome := make(chan error, 1)
	go func() {
		outcome <- s.Update(ctx, ref(1), func(tx store.Tx) error { tx.Card().Tries = 2; return nil })
	}()
	time.AfterFunc(10*time.Millisecond, cancel)
	time.AfterFunc(20*time.Millisecond, func() { close(finish) })
	group.Wait()
	require.ErrorIs(t, <-outcome, context.Canceled)
	assert.EqualValues(t, 1, card(t, s, ref(0)).Tries)
	assert.Zero(t, card(t, s, ref(1)).Tries, "nothing was written")
}

func testClosed(t *testing.T, h Harness) {
	s := h.New(t)
	people(t, s)
	require.NoError(t, s.Create(context.Background(), ref(0), record(1, 1)))
	require.NoError(t, s.Close())
	for name, err := range everything(context.Background(), s, func() { t.Error("called") }) {
		assert.ErrorIs(t, err, store.ErrClosed, name)
	}
	require.NoError(t, s.Close(), "again")
}

// testClosing closes a store under updates: each is done or refused.
func testClosing(t *testing.T, h Harness) {
	s := h.New(t)
	people(t, s)
	require.NoError(t, s.Create(context.Background(), ref(0), record(1, 1)))
	var group sync.WaitGroup
	var done atomic.Int64
	for range 8 {
		group.Go(func() {
			for {
				err := s.Update(context.Background(), ref(0), func(tx store.Tx) error { tx.Card().Spent.Amount++; return nil })
				if err != nil {
					assert.ErrorIs(t, err, store.ErrClosed)
					return
				}
				done.Add(1)
			}
		})
	}
	for done.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	if h.Reopen == nil {
		require.NoError(t, s.Close())
		group.Wait()
		return
	}
	again := h.Reopen(t, s)
	group.Wait()
	assert.EqualValues(t, done.Load(), card(t, again, ref(0)).Spent.Amount)
	finish(t, again)
}
