package bolt

import (
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// TestFailedWrite has a row that the database refuses among good ones: all of the
// commit fails, and so does what comes behind it, until the store is opened again.
func TestFailedWrite(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path)
	require.NoError(t, err)
	put := func(key string) func(tables.Writer) error {
		return func(w tables.Writer) error {
			w.Put(tables.Sessions, []byte(key), []byte{0, 0})
			return nil
		}
	}
	require.NoError(t, s.file.Update(ctx, put("before")))

	assert.False(t, s.Failed())
	begun, finish := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() { // holds the writer, so that the next ones share a commit
		assert.NoError(t, s.file.Update(ctx, func(tables.Writer) error { close(begun); <-finish; return nil }))
	})
	<-begun
	for _, key := range []string{"good", "", "good too"} {
		group.Go(func() { assert.ErrorIs(t, s.file.Update(ctx, put(key)), store.ErrFailed) })
	}
	waitForQueue(s.file, 3)
	close(finish)
	group.Wait()
	require.ErrorIs(t, s.file.Update(ctx, put("after")), store.ErrFailed)
	assert.True(t, s.Failed())
	require.NoError(t, s.Close())

	s, err = Open(path)
	require.NoError(t, err)
	require.NoError(t, s.file.View(ctx, func(r tables.Reader) error {
		var keys []string
		for key := range r.From(tables.Sessions, nil) {
			keys = append(keys, string(key))
		}
		assert.Equal(t, []string{"before"}, keys)
		return nil
	}))
	require.NoError(t, s.file.Update(ctx, put("after")))
	require.NoError(t, s.Close())
}

// TestUpdatesShareCommits: what waits while the writer is busy is one commit.
func TestUpdatesShareCommits(t *testing.T) {
	ctx := context.Background()
	s, err := Open(filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	begun, finish := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		assert.NoError(t, s.file.Update(ctx, func(tables.Writer) error { close(begun); <-finish; return nil }))
	})
	<-begun
	const updates = 50
	for n := range updates {
		group.Go(func() {
			assert.NoError(t, s.file.Update(ctx, func(w tables.Writer) error {
				w.Put(tables.Sessions, []byte{byte(n), 1}, []byte{0, 0})
				return nil
			}))
		})
	}
	waitForQueue(s.file, updates)
	before := s.file.db.Stats()
	close(finish)
	group.Wait()
	after := s.file.db.Stats()
	assert.Less(t, after.TxStats.GetWrite()-before.TxStats.GetWrite(), int64(20), "page writes of one or two commits, not of fifty")
	require.NoError(t, s.Close())
}

// TestCloseWaits: what stands in the queue is committed before the file closes.
func TestCloseWaits(t *testing.T) {
	ctx := context.Background()
	s, err := Open(filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	begun, finish := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		assert.NoError(t, s.file.Update(ctx, func(tables.Writer) error { close(begun); <-finish; return nil }))
	})
	<-begun
	for n := range 3 {
		group.Go(func() {
			assert.NoError(t, s.file.Update(ctx, func(w tables.Writer) error {
				w.Put(tables.Sessions, []byte{byte(n)}, []byte{0, 0})
				return nil
			}))
		})
	}
	waitForQueue(s.file, 3)
	group.Go(func() { assert.NoError(t, s.Close()) })
	for closed := false; !closed; {
		s.file.lock.RLock()
		closed = s.file.closed
		s.file.lock.RUnlock()
	}
	close(finish)
	group.Wait()
}

// waitForQueue waits until that many updates stand in the queue.
func waitForQueue(f *file, updates int) {
	for len(f.queue) < updates {
		runtime.Gosched()
	}
}
