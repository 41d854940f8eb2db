package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/random"
)

// sqlState is an error of the server.
func sqlState(severity, code string) error {
	return &pgconn.PgError{SeverityUnlocalized: severity, Code: code}
}

// TestPassing: which errors are worth another try.
func TestPassing(t *testing.T) {
	for want, errs := range map[bool][]error{
		true: {
			failed{sqlState("ERROR", "40001")}, failed{sqlState("ERROR", "40P01")}, failed{sqlState("ERROR", "25006")}, failed{sqlState("FATAL", "57P01")},
			failed{sqlState("FATAL", "08006")}, failed{io.ErrUnexpectedEOF}, fmt.Errorf("begin: %w", failed{io.EOF}),
		},
		false: {
			nil, io.EOF, errDoubt, sqlState("ERROR", "40001"), // of the function that was given, not of the database
			failed{sqlState("ERROR", "42501")}, failed{sqlState("FATAL", "28P01")}, failed{sqlState("ERROR", "53100")},
		},
	} {
		for _, err := range errs {
			assert.Equal(t, want, passing(err), "%v", err)
		}
	}
}

// TestCommitted: what the error of a commit says.
func TestCommitted(t *testing.T) {
	for _, none := range []error{sqlState("ERROR", "40001"), sqlState("ERROR", "23505"), pgx.ErrTxCommitRollback} {
		err := committed(none)
		require.Error(t, err)
		assert.NotErrorIs(t, err, errDoubt, "%v", none)
	}
	for _, doubt := range []error{io.EOF, sqlState("FATAL", "57P01"), sqlState("PANIC", "XX000"), sqlState("ERROR", "40003"), context.DeadlineExceeded} {
		assert.ErrorIs(t, committed(doubt), errDoubt, "%v", doubt)
	}
	assert.NoError(t, committed(nil))
}

// recorded is a clock whose time goes on by the pauses that are asked for.
type recorded struct {
	now    time.Time
	pauses []time.Duration
}

func (r *recorded) Now() time.Time { return r.now }

func (r *recorded) AfterFunc(d time.Duration, f func()) clock.Timer {
	r.now = r.now.Add(d)
	r.pauses = append(r.pauses, d)
	go f()
	return stopped{}
}

// stopped is a timer that has called.
type stopped struct{}

func (stopped) Stop() bool { return false }

// retrying is a database that only tries.
func retrying(t *testing.T, seed uint64) (*database, *recorded) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/x") // connects when it is used
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	c := &recorded{now: time.Unix(0, 0)}
	return &database{pool: pool, clock: c, patience: patienceDefault, rand: random.Seeded(seed).Stream("store/postgres")}, c
}

// TestRetry: tries are bounded in number and time, pauses grow and differ between
// processes, and repeat with the seed.
func TestRetry(t *testing.T) {
	overtaken := failed{sqlState("ERROR", "40001")}
	d, c := retrying(t, 1)
	tries := 0
	require.NoError(t, d.retry(t.Context(), func() error {
		if tries++; tries < 5 {
			return overtaken
		}
		return nil
	}))
	assert.Equal(t, 5, tries)
	require.Len(t, c.pauses, 4)
	for n, pause := range c.pauses {
		assert.GreaterOrEqual(t, pause, pauseFirst<<n/2)
		assert.Less(t, pause, pauseFirst<<n)
	}
	again, same := retrying(t, 1)
	other, different := retrying(t, 2)
	for _, each := range []*database{again, other} {
		left := 4
		require.NoError(t, each.retry(t.Context(), func() error {
			if left--; left < 0 {
				return nil
			}
			return overtaken
		}))
	}
	assert.Equal(t, c.pauses, same.pauses)
	assert.NotEqual(t, c.pauses, different.pauses)

	tries = 0
	err := d.retry(t.Context(), func() error { tries++; return overtaken })
	require.ErrorContains(t, err, fmt.Sprintf("tried %d times", tries))
	assert.LessOrEqual(t, c.now.Sub(time.Unix(0, 0)), patienceDefault+2*pauseMax)
	assert.Greater(t, tries, 20)
	for _, pause := range c.pauses {
		require.LessOrEqual(t, pause, pauseMax)
	}
	mine := errors.New("mine")
	tries = 0
	require.ErrorIs(t, d.retry(t.Context(), func() error { tries++; return mine }), mine)
	assert.Equal(t, 1, tries)
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, d.retry(ctx, func() error { cancel(); return overtaken }), context.Canceled)
}

// TestBehind: the least key behind all that begin with a prefix.
func TestBehind(t *testing.T) {
	for prefix, want := range map[string]string{"a": "b", "a\xFF": "b", "ab\xFF\xFF": "ac"} {
		assert.Equal(t, want, string(behind([]byte(prefix))))
	}
	assert.Equal(t, keysEnd, behind([]byte("\xFF\xFF")))
	assert.Equal(t, keysEnd, behind(nil))
}

// TestAnnounces: engines that only speak the protocol announce nothing.
func TestAnnounces(t *testing.T) {
	assert.True(t, announces("PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu"))
	assert.False(t, announces("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)"))
	assert.False(t, announces("PostgreSQL 11.2-YB-2.21.0.0-b0 on x86_64-pc-linux-gnu"))
}
