package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

func TestInspectChangesNothing(t *testing.T) {
	path := filled(t, t.TempDir(), "db")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	s, err := bolt.Inspect(path)
	require.NoError(t, err)
	require.NoError(t, s.Check(t.Context()))
	assert.NoError(t, s.View(t.Context(), account.Ref{}, func(store.Snapshot) error { return nil }))
	err = s.Update(t.Context(), account.Ref{}, func(tx store.Tx) error { return nil })
	require.ErrorIs(t, err, store.ErrFailed)
	assert.ErrorContains(t, err, "open for reading alone")
	_, err = bolt.Open(path)
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, s.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

// TestFilesThatAreNotWhole: a file whose end is missing is refused, not mapped.
func TestFilesThatAreNotWhole(t *testing.T) {
	dir := t.TempDir()
	content, err := os.ReadFile(filled(t, dir, "db"))
	require.NoError(t, err)
	db, err := bbolt.Open(filepath.Join(dir, "db"), 0o600, &bbolt.Options{ReadOnly: true})
	require.NoError(t, err)
	var used int // what lies behind is empty
	require.NoError(t, db.View(func(tx *bbolt.Tx) error { used = int(tx.Size()); return nil }))
	require.NoError(t, db.Close())
	for _, size := range []int{0, 1, 4095, 4096, 8192, used / 2, used - 1} {
		path := filepath.Join(dir, "cut")
		require.NoError(t, os.WriteFile(path, content[:size], 0o600))
		_, err := bolt.Inspect(path)
		assert.Error(t, err, "%d bytes", size)
		if size > 0 { // an empty file is a new one
			_, err := bolt.Open(path)
			require.ErrorIs(t, err, bolt.ErrDamaged, "%d bytes", size)
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Len(t, kept, size, "not touched")
	}
	_, err = bolt.Inspect(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.NoFileExists(t, filepath.Join(dir, "none"))
}
