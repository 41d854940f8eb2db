package bolt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
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
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		want, ok := boltpages.Extent(bytes.NewReader(content))
		require.True(t, ok)
		assert.Equal(t, size, want)

		torn := filepath.Join(t.TempDir(), "torn")
		require.NoError(t, os.WriteFile(torn, content[:size-1], 0o600))
		_, err = bolt.Open(torn)
		require.ErrorIs(t, err, bolt.ErrDamaged)
		for at, told := range map[int64]bool{20: false, page + 20: true, 60: false} { // magic and sum
			damaged := append([]byte(nil), content...)
			damaged[at] ^= 1
			_, ok := boltpages.Extent(bytes.NewReader(damaged))
			assert.Equal(t, told, ok, at)
		}
		s := open(t, path)
		require.NoError(t, s.Close()) // one more transaction
	}
	for _, content := range []string{"", "x", string(make([]byte, 80)), string(make([]byte, 8192))} {
		_, ok := boltpages.Extent(strings.NewReader(content))
		assert.False(t, ok)
	}
}
