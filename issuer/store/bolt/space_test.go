package bolt_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// TestCommitsAreObserved: each update is in one commit that is told.
func TestCommitsAreObserved(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	var updates, commits atomic.Int64
	s.Observe(func(c store.Commit) {
		updates.Add(int64(c.Updates))
		commits.Add(1)
	})
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			_, err := s.Members().Create(context.Background(), member.Member{Name: fmt.Sprint(n)})
			assert.NoError(t, err)
		})
	}
	group.Wait()
	require.NoError(t, s.Close())
	assert.EqualValues(t, 50, updates.Load())
	assert.Positive(t, commits.Load())
	assert.Zero(t, s.Waiting())
}

// TestGrowth: what is replaced gives its place to what comes: updates of the same cards
// leave a file that grows by its journal alone.
func TestGrowth(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer s.Close()
	_, err := s.Members().Create(t.Context(), member.Member{Name: "Ada"})
	require.NoError(t, err)
	const cards = 20
	for n := range uint64(cards) {
		require.NoError(t, s.Create(t.Context(), benchRef(n), benchCard()))
	}
	round := 0
	updates := func() (inUse int64) {
		var group sync.WaitGroup
		for n := range uint64(cards) {
			group.Go(func() {
				for k := range 2 * store.RepliesMax {
					assert.NoError(t, s.Update(context.Background(), benchRef(n), func(tx store.Tx) error {
						tx.Card().PIN.HighestATC++
						tx.PutReply(store.TerminalReplies, store.NewKey(fmt.Sprint(round, k)), make([]byte, benchReply))
						return nil
					}))
				}
			})
		}
		group.Wait()
		round++
		size, free := s.Space()
		return size - free
	}
	full := updates()
	for range 3 {
		assert.LessOrEqual(t, updates(), full+full/4)
	}
	size, free := s.Space()
	assert.LessOrEqual(t, size, 4*full, "%d free", free)
}
