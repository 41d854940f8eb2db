package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/emv/boltpages"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// TestExtent: the head of a file tells how long it has to be, as bbolt has it, whichever
// copy is the newest; where the first one is damaged it does not tell, and the store is
// found whole or not all the same.
func TestExtent(t *testing.T) {
	path := large(t)
	for range 2 { // the copies take turns
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
		require.NoError(t, err)
		var size int64
		require.NoError(t, db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }))
		page := int64(db.Info().PageSize)
		require.NoError(t, db.Close())
		want, has, ok := boltpages.Extent(path)
		require.True(t, ok)
		assert.Equal(t, size, want)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.EqualValues(t, len(content), has)

		torn := filepath.Join(t.TempDir(), "torn")
		require.NoError(t, os.WriteFile(torn, content[:size-1], 0o600))
		_, err = bolt.Open(torn)
		require.ErrorIs(t, err, bolt.ErrDamaged)
		for at, told := range map[int64]bool{20: false, page + 20: true, 60: false} { // magic and sum
			damaged := append([]byte(nil), content...)
			damaged[at] ^= 1
			require.NoError(t, os.WriteFile(torn, damaged, 0o600))
			_, _, ok := boltpages.Extent(torn)
			assert.Equal(t, told, ok, at)
		}
		s := open(t, path)
		require.NoError(t, s.Close()) // one more transaction
	}
	for _, content := range []string{"", "x", string(make([]byte, 8192))} {
		noise := filepath.Join(t.TempDir(), "noise")
		require.NoError(t, os.WriteFile(noise, []byte(content), 0o600))
		_, _, ok := boltpages.Extent(noise)
		assert.False(t, ok)
	}
	_, _, ok := boltpages.Extent(filepath.Join(t.TempDir(), "none"))
	assert.False(t, ok)
}
