package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// TestProcessesStartAtOnce: one makes the tables, the others find them.
func TestProcessesStartAtOnce(t *testing.T) {
	url := pgtest.Schema(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := postgres.Open(context.Background(), postgres.Config{URL: url})
			if assert.NoError(t, err) {
				assert.NoError(t, s.Close())
			}
		})
	}
	group.Wait()
}

// TestVersions: a schema of a later till is refused, and left as it is.
func TestVersions(t *testing.T) {
	url := pgtest.Schema(t)
	require.NoError(t, open(t, url).Close())
	c := session(t, url)
	_, err := c.Exec(t.Context(), "UPDATE till_schema SET version = 99")
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), postgres.Config{URL: url})
	require.ErrorIs(t, err, store.ErrSchema)
	assert.ErrorContains(t, err, "version 99, this till knows versions up to")
	version := 0
	require.NoError(t, c.QueryRow(t.Context(), "SELECT version FROM till_schema").Scan(&version))
	assert.Equal(t, 99, version)
}

// TestMovedStore can not be opened by mistake.
func TestMovedStore(t *testing.T) {
	url := pgtest.Schema(t)
	s := open(t, url)
	require.NoError(t, s.Retire(t.Context()))
	require.NoError(t, s.Close())
	_, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	require.ErrorContains(t, err, "was moved elsewhere")
}

// TestURLs: passwords are refused before anything else, and never shown.
func TestURLs(t *testing.T) {
	for _, url := range []string{
		"postgres://till:secret4711@db/till", "postgres://till:secret4711@a,b/till?sslmode=require", "postgres://db/till?password=secret4711",
		"host=db password=secret4711", "host=db password = 'secret4711'", "postgres://till:secret4711@db:x/till", "postgres://till:sec@ret4711@db/till",
	} {
		err := postgres.CheckURL(url)
		require.ErrorContains(t, err, "PGPASSFILE", url)
		assert.NotContains(t, err.Error(), "4711")
	}
	for _, url := range []string{"postgres://till@db1:5432,db2:5433/till?sslmode=verify-full&passfile=/x", "host=a,b user=till dbname=till", "postgres://db1:5432/till?user=till@bank", "postgres:///till?host=/run/postgresql"} {
		assert.NoError(t, postgres.CheckURL(url), url)
	}
}

// TestNobodyThere: a server that is away is said at once when a store is opened, and
// after some patience when it goes; a store that had no patience works again.
func TestNobodyThere(t *testing.T) {
	_, err := postgres.Open(t.Context(), postgres.Config{URL: "postgres://till@127.0.0.1:1/till"})
	require.ErrorContains(t, err, "127.0.0.1:1")
	server := pgtest.Start(t)
	s, err := postgres.Open(t.Context(), postgres.Config{URL: server.Schema(t), Patience: 200 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, s.Sessions().Put(t.Context(), store.NewSessionKey("x"), []byte("data"), time.Unix(1, 0)))
	server.Kill()
	require.ErrorIs(t, s.Sessions().Put(t.Context(), store.NewSessionKey("x"), nil, time.Unix(1, 0)), store.ErrFailed)
	assert.True(t, s.Failed())
	_, err = s.Sessions().Get(t.Context(), store.NewSessionKey("x"), time.Unix(0, 0))
	require.Error(t, err)
	assert.NotErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, server.Run())
	data, err := s.Sessions().Get(t.Context(), store.NewSessionKey("x"), time.Unix(0, 0))
	require.NoError(t, err)
	assert.Equal(t, "data", string(data))
	require.NoError(t, s.Sessions().Delete(t.Context(), store.NewSessionKey("x")))
	assert.False(t, s.Failed())
	require.NoError(t, s.Close())
}

// TestCommitsAreDurable: a database whose default is to acknowledge what is not on the
// disk does not have it so for a store.
func TestCommitsAreDurable(t *testing.T) {
	server := pgtest.Start(t)
	_, err := server.SQL(t.Context(), "ALTER DATABASE postgres SET synchronous_commit = off")
	require.NoError(t, err)
	url := server.Schema(t)
	_, update, _ := oneCard(t, url)
	require.NoError(t, update(t.Context()))
	shown, err := server.SQL(t.Context(), "SHOW synchronous_commit")
	require.NoError(t, err)
	require.Equal(t, "off", strings.TrimSpace(shown))
	assert.Equal(t, "on", postgres.SynchronousCommit(t, url))
}

// TestRights: once the tables are there, a role that may read and write them is enough.
func TestRights(t *testing.T) {
	server := pgtest.Start(t)
	name := pgtest.NewSchema(t, server)
	url := pgtest.InSchema(server.URL(), name)
	_, update, tries := oneCard(t, url)
	require.NoError(t, update(t.Context()))
	_, err := server.SQL(t.Context(), "CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA "+name+" TO clerk; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+name+" TO clerk")
	require.NoError(t, err)
	s, err := postgres.Open(t.Context(), postgres.Config{URL: strings.Replace(url, "till@", "clerk@", 1)})
	require.NoError(t, err)
	require.NoError(t, changeTries(t.Context(), s))
	assert.EqualValues(t, 2, tries())
	assert.NoError(t, s.Check(t.Context()))
	assert.NoError(t, s.Close())
}
