package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// SynchronousCommit returns what the sessions of a store have.
func SynchronousCommit(t *testing.T, url string) (value string) {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url})
	require.NoError(t, err)
	require.NoError(t, s.db.pool.QueryRow(t.Context(), "SHOW synchronous_commit").Scan(&value))
	require.NoError(t, s.Close())
	return value
}
