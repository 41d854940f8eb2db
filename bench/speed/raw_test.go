package main_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// row is a put: its bucket with the lengths of key and value.
type row struct {
	bucket     string
	key, value int
}

// rowsOfAuthorisation are the puts of one authorisation, as long as those that the
// store made for a card with a full history.
func rowsOfAuthorisation(t testing.TB) (rows []row) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	s, err := bolt.Open(path)
	require.NoError(t, err)
	const cards = 8
	w := newWorld(t, s, cards, cards)
	plan, err := w.fleet.Plan(load.PlanOptions{Requests: 3 * store.RepliesMax * cards, Mix: payments, Now: time.Now()})
	require.NoError(t, err)
	_, err = plan.Run(context.Background(), w.target, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	require.NoError(t, err)
	defer db.Close()
	for _, name := range []string{"cards", "replies", "journal", "links"} {
		require.NoError(t, db.View(func(tx *bbolt.Tx) error {
			k, v := tx.Bucket([]byte(name)).Cursor().Last()
			rows = append(rows, row{name, len(k), len(v)})
			return nil
		}))
	}
	return rows
}

// theRows are the puts of one authorisation as they were measured once, so that a
// run need not do that: TestRows holds them against the store.
var theRows = []row{{"cards", 16, 1166}, {"replies", 17, 188}, {"journal", 8, 155}, {"links", 8, 32}}

// raw is bbolt with a writer that drains its queue and commits at once.
type raw struct {
	db    *bbolt.DB
	queue chan put
}

// put is one authorisation's puts.
type put struct {
	card, number uint64
	done         func()
}

func newRaw(t testing.TB) *raw {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "raw.db"), 0o600, &bbolt.Options{NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	require.NoError(t, err)
	r := &raw{db: db, queue: make(chan put, 1024)}
	ended := make(chan error, 1)
	go func() { ended <- r.write() }()
	t.Cleanup(func() {
		close(r.queue)
		require.NoError(t, <-ended)
		require.NoError(t, db.Close())
	})
	return r
}

// write commits what waits, all of it at once.
func (r *raw) write() error {
	for first := range r.queue {
		batch := []put{first}
		for more := true; more; {
			select {
			case p, open := <-r.queue:
				if more = open; open {
					batch = append(batch, p)
				}
			default:
				more = false
			}
		}
		if err := r.db.Update(func(tx *bbolt.Tx) error { return putAll(tx, batch) }); err != nil {
			return err
		}
		for _, p := range batch {
			p.done()
		}
	}
	return nil
}

// putAll writes the rows of a batch: the card's row again and again, 32 replies in
// turn, the journal and its links at their ends.
func putAll(tx *bbolt.Tx, batch []put) error {
	for _, r := range theRows {
		bucket, err := tx.CreateBucketIfNotExists([]byte(r.bucket))
		if err != nil {
			return err
		}
		appended := r.bucket == "journal" || r.bucket == "links"
		if appended {
			bucket.FillPercent = 0.95
		}
		for _, p := range batch {
			key := make([]byte, r.key)
			if appended {
				binary.BigEndian.PutUint64(key, p.number)
			} else {
				binary.BigEndian.PutUint64(key, p.card*0x9E3779B97F4A7C15) // spread as references are
				key[r.key-1] = byte(p.number / hostCards % store.RepliesMax)
			}
			if r.bucket == "cards" {
				key[r.key-1] = 0
			}
			if err := bucket.Put(key, make([]byte, r.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// BenchmarkBbolt measures bbolt alone with the puts of an authorisation.
func BenchmarkBbolt(b *testing.B) {
	for _, writers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("%d-writers", writers), func(b *testing.B) {
			r := newRaw(b)
			b.ResetTimer()
			var group sync.WaitGroup
			for n := range writers {
				group.Go(func() {
					for k := n; k < b.N; k += writers {
						done := make(chan struct{})
						r.queue <- put{uint64(k % hostCards), uint64(k), func() { close(done) }}
						<-done
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

// openLoop puts at a rate, as the load of a host comes, and returns how long that
// took.
func (r *raw) openLoop(b *testing.B, rate float64, duration time.Duration) *hdr.Histogram {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 0))
	latency := hdr.New(1, int64(time.Minute/time.Microsecond), 3)
	var lock sync.Mutex
	var group sync.WaitGroup
	began := time.Now()
	number := uint64(0)
	for at := time.Duration(0); at < duration; at += time.Duration(random.ExpFloat64() / rate * float64(time.Second)) {
		time.Sleep(time.Until(began.Add(at)))
		number++
		group.Add(1)
		r.queue <- put{random.Uint64N(hostCards), number, func() {
			lock.Lock()
			defer lock.Unlock()
			defer group.Done()
			_ = latency.RecordValue(max(1, (time.Since(began) - at).Microseconds()))
		}}
	}
	group.Wait()
	return latency
}

// rawAppend is a file that many append to: one of them synchronises it for all that
// have written.
type rawAppend struct {
	file *os.File
	lock sync.Mutex
	wait *sync.Cond
	// Of the writes: those in the file, those that a loss of power leaves, and whether
	// somebody synchronises now.
	written, safe uint64
	busy          bool
}

func (r *rawAppend) append(record []byte) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, err := r.file.Write(record); err != nil {
		return err
	}
	r.written++
	for mine := r.written; r.safe < mine; {
		if r.busy {
			r.wait.Wait()
			continue
		}
		upTo := r.written
		r.busy = true
		r.lock.Unlock()
		err := r.file.Sync()
		r.lock.Lock()
		r.busy, r.safe = false, upTo
		r.wait.Broadcast()
		if err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkAppend measures a file that the bytes of an authorisation are appended to
// and synchronised by groups: what the disk itself can do.
func BenchmarkAppend(b *testing.B) {
	record := make([]byte, 0)
	for _, r := range theRows {
		record = append(record, make([]byte, r.key+r.value)...)
	}
	for _, writers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("%d-writers", writers), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			require.NoError(b, err)
			defer f.Close()
			r := &rawAppend{file: f}
			r.wait = sync.NewCond(&r.lock)
			b.ResetTimer()
			var group sync.WaitGroup
			for n := range writers {
				group.Go(func() {
					for k := n; k < b.N; k += writers {
						if err := r.append(record); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

// TestRows: what bbolt puts beside the host is as long as what the host puts.
func TestRows(t *testing.T) {
	for i, r := range rowsOfAuthorisation(t) {
		require.Equal(t, theRows[i].bucket, r.bucket)
		require.Equal(t, theRows[i].key, r.key, r.bucket)
		require.InEpsilon(t, theRows[i].value, r.value, 0.1, r.bucket)
	}
}
