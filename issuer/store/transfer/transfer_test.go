package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/issuer/store/storetest"
	"github.com/f510b0cf/till/issuer/store/transfer"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func openBolt(t *testing.T) *bolt.Store {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	require.NoError(t, err)
	s, err := bolt.Open(filepath.Join(dir, "store.db"))
	require.NoError(t, err)
	return s
}

func openPostgres(t *testing.T) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.Schema(t)})
	require.NoError(t, err)
	return s
}

// same requires that two stores have the same rows.
func same(t *testing.T, a, b transfer.Content) {
	t.Helper()
	of, err := transfer.Digest(t.Context(), a)
	require.NoError(t, err)
	other, err := transfer.Digest(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, of, other)
}

// copied copies and checks.
func copied[T interface {
	transfer.Content
	store.Store
}](t *testing.T, from transfer.Content, to T) T {
	t.Helper()
	_, err := transfer.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	return to
}

// cut is a store that can not be read to its end.
type cut struct {
	transfer.Content
	rows int // that can be read
}

var errCut = errors.New("the disk broke")

// Dump tells some rows.
func (c cut) Dump(ctx context.Context, each func(tables.Row) error) error {
	return c.Content.Dump(ctx, func(row tables.Row) error {
		if c.rows--; c.rows < 0 {
			return errCut
		}
		return each(row)
	})
}

// TestThereAndBack takes whatever a store can have from a file to PostgreSQL and back:
// nothing is lost, changed or added. What breaks off leaves an empty database.
func TestThereAndBack(t *testing.T) {
	left := need.Nightly(t, 3, 10, 300)
	rapid.Check(t, func(rt *rapid.T) {
		if left--; left < 0 {
			return
		}
		file := openBolt(t)
		storetest.Fill(rt, file)
		database := openPostgres(t)
		_, err := transfer.Copy(t.Context(), cut{file, rapid.IntRange(0, 6).Draw(rt, "rows")}, database, nil)
		require.ErrorIs(t, err, errCut)
		same(t, mem.New(), database)
		copied(t, file, database)
		_, err = transfer.Copy(t.Context(), file, database, nil)
		require.ErrorIs(t, err, store.ErrExists)
		require.NoError(t, database.Check(t.Context()))
		again := copied(t, database, openBolt(t))
		require.NoError(t, again.Check(t.Context()))
		same(t, file, again)
		same(t, file, copied(t, again, mem.New()))
		_, err = transfer.Copy(t.Context(), database, again, nil)
		require.ErrorIs(t, err, store.ErrExists)
		for _, s := range []store.Store{file, database, again} {
			require.NoError(t, s.Close())
		}
	})
}

// TestLargeCopy takes more rows than are loaded at once, and tells how it gets on.
func TestLargeCopy(t *testing.T) {
	const sessions = 25_000
	from := mem.New()
	for n := range sessions {
		require.NoError(t, from.Sessions().Put(t.Context(), store.NewSessionKey(fmt.Sprint(n)), []byte("data"), time.Unix(0, 0)))
	}
	database := openPostgres(t)
	var told []int
	rows, err := transfer.Copy(t.Context(), from, database, func(rows int) { told = append(told, rows) })
	require.NoError(t, err)
	assert.Equal(t, sessions, rows)
	assert.Equal(t, []int{10_000, 20_000}, told)
	same(t, from, database)
	require.NoError(t, database.Close())
}
