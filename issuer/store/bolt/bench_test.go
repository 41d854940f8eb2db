package bolt_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// benchCards is how many cards the updates go to.
const benchCards = 1000

// The sizes of the three puts of an update: what the store writes for the card of
// this benchmark, its reply and its entry.
const (
	cardRowBytes  = 235
	replyRowBytes = 16 + benchReply
	entryRowBytes = 72
	benchReply    = 200
)

func benchRef(n uint64) (r account.Ref) {
	binary.BigEndian.PutUint64(r[:], n*0x9E3779B97F4A7C15) // spread as references are
	return r
}

func benchCard() store.Record {
	return store.Record{
		Holder: 1, Primary: 1, Status: store.Active, PAN: make([]byte, 44), LastFour: "1006", Expiry: account.Expiry{Year: 2030, Month: 1},
		Chip: store.Chip{Cryptogram: "visa-cvn18", Script: "visa", Option: cryptogram.OptionA}, PIN: pinlife.Personalised(),
		PINs: []hsm.SealedPIN{{Generation: 1, Sealed: make([]byte, 42)}}, Payments: make([]store.Payment, 2),
	}
}

// BenchmarkUpdate is an authorisation's update: a record is read, checked and
// written, with a reply and an entry. It is durable when it returns. Beside it are
// the same puts into bbolt by a bare writer goroutine with group commit.
func BenchmarkUpdate(b *testing.B) {
	for _, goroutines := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("goroutines=%d/store", goroutines), func(b *testing.B) { benchStore(b, goroutines) })
		b.Run(fmt.Sprintf("goroutines=%d/bbolt", goroutines), func(b *testing.B) { benchRaw(b, goroutines) })
	}
}

func benchStore(b *testing.B, goroutines int) {
	ctx := context.Background()
	s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"))
	require.NoError(b, err)
	_, err = s.Members().Create(ctx, member.Member{Name: "Ada"})
	require.NoError(b, err)
	var group sync.WaitGroup
	for n := range uint64(benchCards) {
		group.Go(func() { require.NoError(b, s.Create(ctx, benchRef(n), benchCard())) })
	}
	group.Wait()
	reply := make([]byte, benchReply)
	run(b, goroutines, func(n uint64) error {
		key := store.NewKey(fmt.Sprint(n))
		return s.Update(ctx, benchRef(n%benchCards), func(tx store.Tx) error {
			tx.Card().PIN.HighestATC++
			tx.PutReply(store.TerminalReplies, key, reply)
			tx.Append(store.Entry{Kind: "approved", Actor: "terminal 12345678", Detail: `{"stan":"000001"}`})
			return nil
		})
	})
	require.NoError(b, s.Close())
}

// run has that many goroutines share the iterations of a benchmark.
func run(b *testing.B, goroutines int, op func(n uint64) error) {
	b.Helper()
	var next atomic.Uint64
	var group sync.WaitGroup
	b.ResetTimer()
	for range goroutines {
		group.Go(func() {
			for n := next.Add(1); n <= uint64(b.N); n = next.Add(1) {
				if err := op(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

// put is an update of the bare writer.
type put struct {
	n    uint64
	done chan error
}

func benchRaw(b *testing.B, goroutines int) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	require.NoError(b, err)
	require.NoError(b, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"cards", "replies", "journal"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		for n := range uint64(benchCards) {
			ref := benchRef(n)
			if err := tx.Bucket([]byte("cards")).Put(ref[:], make([]byte, cardRowBytes)); err != nil {
				return err
			}
		}
		return nil
	}))
	queue := make(chan put, 1024)
	var writer sync.WaitGroup
	writer.Go(func() { rawWriter(db, queue) })
	run(b, goroutines, func(n uint64) error {
		p := put{n, make(chan error, 1)}
		queue <- p
		return <-p.done
	})
	close(queue)
	writer.Wait()
	require.NoError(b, db.Close())
}

// rawWriter commits what waits, as often as there is something.
func rawWriter(db *bbolt.DB, queue chan put) {
	for p := range queue {
		batch := []put{p}
		for more := true; more; {
			select {
			case p, more = <-queue:
				if more {
					batch = append(batch, p)
				}
			default:
				more = false
			}
		}
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, p := range batch {
				if err := rawPuts(tx, p.n); err != nil {
					return err
				}
			}
			return nil
		})
		for _, p := range batch {
			p.done <- err
		}
	}
}

// rawPuts puts the three rows of an update.
func rawPuts(tx *bbolt.Tx, n uint64) error {
	ref := benchRef(n % benchCards)
	journal := tx.Bucket([]byte("journal"))
	journal.FillPercent = 0.95
	number, err := journal.NextSequence()
	if err != nil {
		return err
	}
	if err := tx.Bucket([]byte("cards")).Put(ref[:], make([]byte, cardRowBytes)); err != nil {
		return err
	}
	slot := append(ref[:], byte(n/benchCards%store.RepliesMax))
	if err := tx.Bucket([]byte("replies")).Put(slot, make([]byte, replyRowBytes)); err != nil {
		return err
	}
	return journal.Put(binary.BigEndian.AppendUint64(nil, number), make([]byte, entryRowBytes))
}
