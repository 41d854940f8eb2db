package postgres_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/issuer/store/storetest"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// opened is a store that knows its schema.
type opened struct {
	*postgres.Store
	url string
}

func open(t testing.TB, url string) opened {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	require.NoError(t, err)
	return opened{s, url}
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		New: func(t testing.TB) store.Store { return open(t, pgtest.Schema(t)) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return open(t, s.(opened).url)
		},
		Runs: need.Nightly(t, 5, 12, 300),
	})
}

// TestKill kills a process that writes. The file of the path holds the connection string.
func TestKill(t *testing.T) {
	storetest.Kill(t, func(path string) (store.Store, error) {
		url, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			url = []byte(pgtest.Schema(t))
			err = os.WriteFile(path, url, 0o600)
		}
		require.NoError(t, err)
		return postgres.Open(t.Context(), postgres.Config{URL: string(url)})
	})
}
