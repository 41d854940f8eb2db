package bolt_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/storetest"
)

// opened is a store that knows its file.
type opened struct {
	*bolt.Store
	path string
}

func open(t testing.TB, path string) opened {
	t.Helper()
	s, err := bolt.Open(path)
	require.NoError(t, err)
	return opened{s, path}
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		New: func(t testing.TB) store.Store {
			dir, err := os.MkdirTemp(t.TempDir(), "")
			require.NoError(t, err)
			return open(t, filepath.Join(dir, "store.db"))
		},
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return open(t, s.(opened).path)
		},
	})
}

func TestKill(t *testing.T) {
	storetest.Kill(t, func(path string) (store.Store, error) { return bolt.Open(path) })
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	require.NoError(t, open(t, path).Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestOneProcessHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	_, err := bolt.Open(path)
	require.ErrorIs(t, err, store.ErrInUse)
	assert.ErrorContains(t, err, "another process")
	require.NoError(t, s.Close())
	require.NoError(t, open(t, path).Close())
}

func TestOtherFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, bytes.Repeat([]byte("no database. "), 1000), 0o600))
	_, err := bolt.Open(text)
	require.Error(t, err)

	for name, change := range map[string]func(*bbolt.Tx) error{
		"not of till": func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) },
		"a version to come": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{3})
		},
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, open(t, path).Close())
		alter(t, path, change)
		_, err := bolt.Open(path)
		require.ErrorIs(t, err, store.ErrSchema, name)
	}
}

// alter changes the file of a closed store.
func alter(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(change))
	require.NoError(t, db.Close())
}

func TestBackupIsAStore(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "store.db"))
	id, err := s.Members().Create(ctx, member.Member{Name: "Ada"})
	require.NoError(t, err)
	var copied bytes.Buffer
	require.NoError(t, s.Backup(ctx, &copied))
	_, err = s.Members().Create(ctx, member.Member{Name: "after the backup"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Backup(ctx, &copied), store.ErrClosed)
	require.ErrorIs(t, s.Check(ctx), store.ErrClosed)

	path := filepath.Join(dir, "copy.db")
	require.NoError(t, os.WriteFile(path, copied.Bytes(), 0o600))
	again := open(t, path)
	m, err := again.Members().Get(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, "Ada", m.Name)
	_, err = again.Members().Get(ctx, id+1)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, again.Check(ctx))
	require.NoError(t, again.Close())
}
