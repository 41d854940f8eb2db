package foreign_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// connectionCounts are how many terminals ask at once.
var connectionCounts = []int{1, 8, 64, 256}

// BenchmarkAuthorizations measures whole authorisations over TCP, with a right
// cryptogram, an ARPC and a commit to the disk each; every terminal waits for its
// answer. Building the requests is left out.
func BenchmarkAuthorizations(b *testing.B) {
	for _, connections := range connectionCounts {
		b.Run(fmt.Sprint("connections=", connections), func(b *testing.B) { benchmarkAuthorizations(b, connections) })
	}
}

func benchmarkAuthorizations(b *testing.B, connections int) {
	s, err := bolt.Open(filepath.Join(b.TempDir(), "issuer.db"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	i := issuertest.NewIssuer(b, s)
	address := serveBenchmark(b, i)
	terminals := make([]net.Conn, connections)
	requests := make([][][]byte, connections)
	for n := range connections {
		terminals[n], err = net.Dial("tcp", address)
		require.NoError(b, err)
		b.Cleanup(func() { _ = terminals[n].Close() })
		requests[n] = packed(b, i, share(b.N, connections, n))
	}
	b.ResetTimer()
	var group sync.WaitGroup
	for n, c := range terminals {
		group.Go(func() { exchange(b, c, requests[n]) })
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "authorisations/s")
}

// share returns the part of total that the nth of so many does.
func share(total, of, n int) int { return (total + of - 1 - n) / of }

// packed returns requests of a new card without limits.
func packed(b *testing.B, i *issuertest.Issuer, count int) [][]byte {
	card := i.NewCard(b, func(r *store.Record) { r.Limits = store.Limits{} })
	requests := make([][]byte, count)
	for n := range requests {
		p, err := message.ISO93().Pack(card.Begin(b, issuertest.Insertion{Amount: 1_00}).Request)
		require.NoError(b, err)
		requests[n] = p
	}
	return requests
}

// exchange sends requests one after the other.
func exchange(b *testing.B, c net.Conn, requests [][]byte) {
	for _, r := range requests {
		if err := message.FramingBinary.WriteMessage(c, r); err != nil {
			b.Error(err)
			return
		}
		if _, err := message.FramingBinary.ReadMessage(c); err != nil {
			b.Error(err)
			return
		}
	}
}

func serveBenchmark(b *testing.B, i *issuertest.Issuer) string {
	a, err := authorization.New(authorization.Config{Store: i.Store, Module: i.Module, Dialect: message.ISO93(), Clock: i.Clock})
	require.NoError(b, err)
	h, err := host.New(host.Config{Dialect: message.ISO93(), Authorizer: a})
	require.NoError(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l) }()
	b.Cleanup(func() { stop(); require.NoError(b, <-ended) })
	return l.Addr().String()
}

// row is a put: its bucket with the lengths of key and value.
type row struct {
	bucket     string
	key, value int
}

// rowsPerAuthorization are the puts of one authorisation, as long as those that the
// store made for a card with a full history.
func rowsPerAuthorization(b *testing.B) (rows []row) {
	path := filepath.Join(b.TempDir(), "sample.db")
	s, err := bolt.Open(path)
	require.NoError(b, err)
	i := issuertest.NewIssuer(b, s)
	a, err := authorization.New(authorization.Config{Store: s, Module: i.Module, Dialect: message.ISO93(), Clock: i.Clock})
	require.NoError(b, err)
	for _, p := range packed(b, i, 2*store.RepliesMax) {
		m, err := message.ISO93().Unpack(p)
		require.NoError(b, err)
		_, err = a.Answer(context.Background(), m)
		require.NoError(b, err)
	}
	require.NoError(b, s.Close())
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	require.NoError(b, err)
	defer db.Close()
	require.NoError(b, db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			k, v := bucket.Cursor().Last()
			if changes := string(name) == "cards" || string(name) == "journal" || string(name) == "replies"; changes {
				rows = append(rows, row{string(name), len(k), len(v)})
			}
			return nil
		})
	}))
	require.Len(b, rows, 3, "cards, replies and journal")
	return rows
}

// BenchmarkRawGroupCommit measures bbolt alone with the same puts: one writer
// drains its queue and commits at once.
func BenchmarkRawGroupCommit(b *testing.B) {
	rows := rowsPerAuthorization(b)
	for _, writers := range connectionCounts {
		b.Run(fmt.Sprint("connections=", writers), func(b *testing.B) { benchmarkRaw(b, rows, writers) })
	}
}

func benchmarkRaw(b *testing.B, rows []row, writers int) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	queue := make(chan job, 1024)
	ended := make(chan error, 1)
	go func() { ended <- commitGroups(db, rows, queue) }()
	b.ResetTimer()
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			for k := range share(b.N, writers, n) {
				j := job{card: uint64(n), number: uint64(k*writers + n), done: make(chan struct{})}
				queue <- j
				<-j.done
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "authorisations/s")
	close(queue)
	require.NoError(b, <-ended)
}

// job is one authorisation's puts.
type job struct {
	card, number uint64
	done         chan struct{}
}

// commitGroups commits what waits, all of it at once.
func commitGroups(db *bbolt.DB, rows []row, queue <-chan job) error {
	for first := range queue {
		batch := append([]job{}, first)
		for more := true; more; {
			select {
			case j, open := <-queue:
				if more = open; open {
					batch = append(batch, j)
				}
			default:
				more = false
			}
		}
		if err := db.Update(func(tx *bbolt.Tx) error { return putAll(tx, rows, batch) }); err != nil {
			return err
		}
		for _, j := range batch {
			close(j.done)
		}
	}
	return nil
}

// putAll writes the rows of a batch: the card's row again and again, 32 replies in
// turn, the journal at its end.
func putAll(tx *bbolt.Tx, rows []row, batch []job) error {
	for _, r := range rows {
		bucket, err := tx.CreateBucketIfNotExists([]byte(r.bucket))
		if err != nil {
			return err
		}
		for _, j := range batch {
			key := make([]byte, r.key)
			switch r.bucket {
			case "journal":
				binary.BigEndian.PutUint64(key, j.number)
			case "replies":
				binary.BigEndian.PutUint64(key, j.card<<32|j.number%store.RepliesMax)
			default:
				binary.BigEndian.PutUint64(key, j.card)
			}
			if err := bucket.Put(key, make([]byte, r.value)); err != nil {
				return err
			}
		}
	}
	return nil
}
