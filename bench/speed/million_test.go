package main_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// The cards of BenchmarkMillion, and how many of them have a PIN that waits.
const (
	millionCards   = 1_000_000
	millionPending = 100_000
)

// millionFile makes the file of a million cards, once in a run of the command, which
// names a folder to keep it in.
var millionFile = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("TILL_SPEED_FOLDER")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "till-million-*"); err != nil {
			return "", err
		}
		made = dir
	}
	path := filepath.Join(dir, "million.db")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	draft := path + ".draft"
	if err := fill(draft, millionCards, millionPending); err != nil {
		return "", err
	}
	return path, os.Rename(draft, path)
})

// fill makes a store that was closed in good order.
func fill(path string, cards, pending int) error {
	keys, err := issuer.SeededKeys(random.Seeded(1))
	if err != nil {
		return err
	}
	module, err := hsm.New(keys, nil)
	if err != nil {
		return err
	}
	s, err := bolt.Open(path)
	if err != nil {
		return err
	}
	if err := load.Enrol(context.Background(), s, module, cards, pending); err != nil {
		return err
	}
	return s.Close()
}

// TestMain removes what BenchmarkMillion has made.
func TestMain(m *testing.M) {
	code := m.Run()
	if made != "" {
		_ = os.RemoveAll(made)
	}
	os.Exit(code)
}

// made is the folder of BenchmarkMillion, where nobody else has made one.
var made string

// BenchmarkMillion opens a store of a million cards that was closed in good order, and
// bbolt the same file: once as the kernel has it in memory, and once after it was told
// to forget it.
func BenchmarkMillion(b *testing.B) {
	path, err := millionFile()
	require.NoError(b, err)
	for _, c := range []struct {
		name string
		cold bool
		open func(b *testing.B) (close func() error)
	}{
		{"open-warm", false, openStore(path)}, {"bbolt-warm", false, openBbolt(path)},
		{"open-cold", true, openStore(path)}, {"bbolt-cold", true, openBbolt(path)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				if c.cold && !forget(path) {
					b.Skip("this system does not forget a file when it is told to")
				}
				before := heap()
				b.StartTimer()
				closeIt := c.open(b)
				b.StopTimer()
				b.ReportMetric(max(0, heap()-before), "heap-MiB")
				require.NoError(b, closeIt())
				b.StartTimer()
			}
		})
	}
}

func openStore(path string) func(*testing.B) func() error {
	return func(b *testing.B) func() error {
		s, err := bolt.Open(path)
		require.NoError(b, err)
		return s.Close
	}
}

func openBbolt(path string) func(*testing.B) func() error {
	return func(b *testing.B) func() error {
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
		require.NoError(b, err)
		return db.Close
	}
}

// heap returns what lies on Go's heap and is in use, in MiB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// TestFill: the file is a whole store that opens.
func TestFill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.db")
	require.NoError(t, fill(path, 25, 5))
	s, err := bolt.Open(path)
	require.NoError(t, err)
	defer s.Close()
	waiting, all := 0, 0
	for card, err := range s.Cards(t.Context()) {
		require.NoError(t, err)
		all++
		if card.Record.PIN.Pending != 0 {
			waiting++
		}
	}
	require.Equal(t, 25, all)
	require.Equal(t, 5, waiting)
	require.NoError(t, s.Check(t.Context()))
}
