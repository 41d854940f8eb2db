package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/testdata/pgtest"
)

var _ notice.Position = (*postgres.Notices)(nil)

// TestNotices: one process sends notices; another one goes on where it was, once it has
// gone, or has kept no position for its time.
func TestNotices(t *testing.T) {
	url := pgtest.Schema(t)
	one, two := open(t, url), open(t, url)
	take := func(s opened, want uint64, wantThere, wantMine bool) {
		t.Helper()
		number, there, mine, err := s.Notices().Take(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []any{wantThere, wantMine}, []any{there, mine})
		if mine {
			assert.Equal(t, want, number)
		}
	}
	take(one, 0, false, true)
	require.NoError(t, one.Notices().Keep(t.Context(), 7))
	take(two, 0, false, false)
	require.ErrorContains(t, two.Notices().Keep(t.Context(), 8), "another process")
	take(one, 7, true, true)
	require.NoError(t, one.Close())
	take(two, 7, true, true)
	_, err := session(t, url).Exec(t.Context(), "UPDATE till_notices SET until = now() - interval '1 second'")
	require.NoError(t, err)
	three := open(t, url)
	take(three, 7, true, true)
	require.ErrorContains(t, two.Notices().Keep(t.Context(), 8), "another process")
	require.NoError(t, two.Close())
	take(three, 7, true, true)
	require.NoError(t, three.Close())
}
