package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/storetest"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// outageMax bounds how long a test waits for updates.
const outageMax = 30 * time.Second

// openAll opens a store as several processes do.
func openAll(t *testing.T, url string, processes int) (all []store.Store) {
	t.Helper()
	for range processes {
		s := open(t, url)
		t.Cleanup(func() { assert.NoError(t, s.Close()) })
		all = append(all, s)
	}
	return all
}

// more waits until that many more updates are acknowledged.
func more(t *testing.T, acknowledged func() int64, updates int64) {
	t.Helper()
	goal := acknowledged() + updates
	require.Eventually(t, func() bool { return acknowledged() >= goal }, outageMax, time.Millisecond)
}

// TestCutAtCommit cuts the connection when a commit is sent, in each way there is: no
// update is lost, none is done twice.
func TestCutAtCommit(t *testing.T) {
	server := pgtest.Shared(t)
	p := newProxy(t, server.Address())
	url := pgtest.InSchema(pgtest.URL(p.address()), pgtest.NewSchema(t, server))
	storetest.Outage(t, openAll(t, url, 2), func(acknowledged func() int64) {
		for n := range int32(need.Nightly(t, 6, 18, 300)) {
			p.cut.Store(1 + n%(waysToCut-1))
			more(t, acknowledged, 5)
		}
	})
	for way := unsent; way < waysToCut; way++ {
		assert.Positive(t, p.cuts[way].Load(), "way %d", way)
	}
}

// TestTerminatedSessions has the server end all sessions again and again.
func TestTerminatedSessions(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Outage(t, openAll(t, server.Schema(t), 2), func(acknowledged func() int64) {
		for range need.Nightly(t, 3, 10, 100) {
			more(t, acknowledged, 7)
			_, err := server.SQL(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'till %'")
			require.NoError(t, err)
		}
	})
}

// TestRestartedServer kills the server and starts it again.
func TestRestartedServer(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Outage(t, openAll(t, server.Schema(t), 2), func(acknowledged func() int64) {
		more(t, acknowledged, 50)
		server.Kill()
		require.NoError(t, server.Run())
		more(t, acknowledged, 50)
	})
}

// TestPromotedStandby kills the primary under load, and promotes the standby that it
// waited for: what was acknowledged is there.
func TestPromotedStandby(t *testing.T) {
	for range need.Nightly(t, 1, 1, 10) {
		pair := pgtest.StartPair(t)
		url := pgtest.InSchema(pair.URL(), pgtest.NewSchema(t, pair.Primary))
		n := storetest.Outage(t, openAll(t, url, 2), func(acknowledged func() int64) {
			more(t, acknowledged, 100)
			pair.Primary.Kill()
			pair.Promote(t)
			more(t, acknowledged, 100)
		})
		t.Logf("%d updates", n)
	}
}

// oneCard is a store with a card, and an update of it.
func oneCard(t *testing.T, url string) (s store.Store, update func(context.Context) error, tries func() uint8) {
	t.Helper()
	s = openAll(t, url, 1)[0]
	_, err := s.Members().Create(t.Context(), member.Member{Name: "Ada"})
	require.NoError(t, err)
	ref := account.Ref{1}
	require.NoError(t, s.Create(t.Context(), ref, plainCard()))
	update = func(ctx context.Context) error { return changeTries(ctx, s) }
	return s, update, func() (n uint8) {
		require.NoError(t, s.View(t.Context(), ref, func(x store.Snapshot) error { n = x.Card().Tries; return nil }))
		return n
	}
}

// TestCancelledWait: somebody ends the primary's wait for its standby. The primary says
// that the commit is done; it is not acknowledged until the standby has it.
func TestCancelledWait(t *testing.T) {
	pair := pgtest.StartPair(t)
	_, update, tries := oneCard(t, pair.URL())
	pair.Standby.Kill()
	outcome := make(chan error, 1)
	go func() { outcome <- update(context.Background()) }()
	for range 3 {
		require.Eventually(t, func() bool {
			ended, err := pair.Primary.SQL(t.Context(), "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
			return err == nil && ended != "0"
		}, outageMax, 10*time.Millisecond)
		select {
		case err := <-outcome:
			require.FailNow(t, "acknowledged without a standby", "%v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	require.NoError(t, pair.Standby.Run())
	require.NoError(t, <-outcome)
	assert.EqualValues(t, 1, tries(), "once")
}

// TestWaitForTheLock: an update waits for whoever writes; a context ends its wait, and a
// long wait is tried again.
func TestWaitForTheLock(t *testing.T) {
	url := pgtest.Schema(t)
	_, update, tries := oneCard(t, url+"&lock_timeout=50ms")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	release := hold(t, url)
	var group sync.WaitGroup
	begun := time.Now()
	group.Go(func() { assert.NoError(t, update(context.Background())) })
	time.Sleep(20 * time.Millisecond) // it is taken
	group.Go(func() { assert.ErrorIs(t, update(ctx), context.DeadlineExceeded) })
	time.Sleep(600 * time.Millisecond)
	release()
	group.Wait()
	assert.Greater(t, time.Since(begun), 500*time.Millisecond)
	assert.EqualValues(t, 1, tries())
}
