package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store"
)

// The size of Outage.
const (
	outageAccounts = 4
	outageAfter    = 3 // updates of each worker behind the outage
)

// Outage has workers of several stores, which share what they keep, update the same
// accounts while breakDown breaks what lies below them, and mends it. Each update must
// succeed, and be there once: as many as were acknowledged, whole, and no other. It
// returns how many there were. breakDown is told how many are acknowledged so far.
func Outage(t testing.TB, stores []store.Store, breakDown func(acknowledged func() int64)) int64 {
	people(t, stores[0])
	for n := range outageAccounts {
		require.NoError(t, stores[0].Create(context.Background(), ref(n), record(2, 1)))
	}
	var acknowledged [outageAccounts]atomic.Int64
	total := func() (n int64) {
		for account := range acknowledged {
			n += acknowledged[account].Load()
		}
		return n
	}
	var mended atomic.Bool
	var group sync.WaitGroup
	for _, s := range stores {
		for account := range outageAccounts {
			group.Go(func() {
				for left := outageAfter; left > 0; {
					if mended.Load() {
						left--
					}
					err := s.Update(context.Background(), ref(account), func(tx store.Tx) error {
						writeNth(tx, tx.Card().Spent.Amount+1)
						return nil
					})
					if !assert.NoError(t, err) {
						return
					}
					acknowledged[account].Add(1)
				}
			})
		}
	}
	breakDown(total)
	mended.Store(true)
	group.Wait()
	for account := range acknowledged {
		require.Equal(t, acknowledged[account].Load(), requireWhole(t, stores[0], ref(account)), "as many as were acknowledged")
	}
	return total()
}
