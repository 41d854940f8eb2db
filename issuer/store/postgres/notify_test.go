package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// TestListen: a process is told of the cards that another one commits, not of its own
// and not of another store's.
func TestListen(t *testing.T) {
	url := pgtest.Schema(t)
	_, update, _ := oneCard(t, url)
	_, elsewhere, _ := oneCard(t, pgtest.Schema(t))
	listener := open(t, url)
	defer listener.Close()
	told := make(chan []account.Ref, 100)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		listener.Listen(ctx, func(refs ...account.Ref) { told <- refs })
	}()
	assert.Empty(t, <-told, "any may have changed before")
	require.NoError(t, elsewhere(ctx))
	require.NoError(t, changeTries(ctx, listener))
	require.NoError(t, update(ctx))
	assert.Equal(t, []account.Ref{{1}}, <-told)
	assert.Empty(t, told)
	_, err := session(t, url).Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
	require.NoError(t, err)
	for refs := range told { // it listens again, and says that it may have missed something
		if len(refs) == 0 {
			break
		}
	}
	require.Eventually(t, func() bool {
		require.NoError(t, update(ctx))
		select {
		case refs := <-told:
			return slices.Equal(refs, []account.Ref{{1}})
		case <-time.After(10 * time.Millisecond):
			return false
		}
	}, outageMax, time.Millisecond)
	stop()
	<-ended
}
