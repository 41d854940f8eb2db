package postgres_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// benchCards is how many cards the updates go to.
const benchCards = 1000

func benchRef(n uint64) (r account.Ref) {
	binary.BigEndian.PutUint64(r[:], n*0x9E3779B97F4A7C15) // spread as references are
	return r
}

// BenchmarkUpdate is an authorisation's update, durable when it returns: of a file, and of
// a database that one process or two work on.
func BenchmarkUpdate(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d/bolt", clients), func(b *testing.B) {
			s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"))
			require.NoError(b, err)
			benchmark(b, []store.Store{s}, clients)
		})
		for _, processes := range []int{1, 2} {
			b.Run(fmt.Sprintf("clients=%d/postgres/processes=%d", clients, processes), func(b *testing.B) {
				url := pgtest.Schema(b)
				var stores []store.Store
				for range processes {
					stores = append(stores, open(b, url))
				}
				benchmark(b, stores, clients)
			})
		}
	}
}

// benchmark has clients share updates, each at one of the stores.
func benchmark(b *testing.B, stores []store.Store, clients int) {
	ctx := context.Background()
	_, err := stores[0].Members().Create(ctx, member.Member{Name: "Ada"})
	require.NoError(b, err)
	var group sync.WaitGroup
	for worker := range uint64(64) {
		group.Go(func() {
			for n := worker; n < benchCards; n += 64 {
				card := plainCard()
				card.PAN = make([]byte, 44)
				require.NoError(b, stores[0].Create(ctx, benchRef(n), card))
			}
		})
	}
	group.Wait()
	reply := make([]byte, 200)
	var next atomic.Uint64
	b.ResetTimer()
	for client := range clients {
		s := stores[client%len(stores)]
		group.Go(func() {
			for n := next.Add(1); n <= uint64(b.N); n = next.Add(1) {
				key := store.NewKey(fmt.Sprint(n))
				err := s.Update(ctx, benchRef(n%benchCards), func(tx store.Tx) error {
					tx.Card().Spent.Amount++
					tx.PutReply(store.TerminalReplies, key, reply)
					tx.Append(store.Entry{Kind: "approved", Actor: "terminal 12345678", Detail: `{"stan":"000001"}`})
					return nil
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
	for _, s := range stores {
		require.NoError(b, s.Close())
	}
}
