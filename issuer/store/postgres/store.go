// Package postgres keeps a store in PostgreSQL, by github.com/jackc/pgx, so that several
// issuer processes share it, and a standby can take the place of the server.
//
// # How it commits
//
// One row of the database is the store's lock. Whoever writes holds it for one commit,
// so that the journal is one chain and each card's updates are serial, whichever process
// they come from. In each process one goroutine writes: it takes all updates that wait,
// reads what they need at once, runs them, and writes and commits them at once. What they
// need is found out before, by running them without the lock; those runs write nothing and
// decide nothing.
//
// # Caveats
//
// A commit whose answer was lost is looked up, after the server has let go of it, on the
// server that can be written to then: each commit leaves its number behind. Only where
// that can not be found out in time does an update fail with store.ErrFailed, and may be
// there or not.
//
// What a synchronous standby has is not lost with the primary. Without one, commits are
// as safe as the disk of the one server.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// Config says which database, and how long it may be away.
type Config struct {
	// URL is the connection string, as libpq and pgx have it: it can name several
	// servers. The password lies in a file, ~/.pgpass or what passfile= or PGPASSFILE
	// names.
	URL string
	// Patience is how long updates and reads go on trying while no server can be
	// written to; 0 is half a minute.
	Patience time.Duration
	Clock    clock.Clock // nil is the system's
	Rand     io.Reader   // nil is the system's; of the writer's name and of pauses
}

// Store is a store in PostgreSQL.
type Store struct {
	tables.Store
	db *database
}

var _ store.Store = (*Store)(nil)

// database is a tables.Medium.
type database struct {
	pool     *pgxpool.Pool
	clock    clock.Clock
	patience time.Duration
	randLock sync.Mutex
	rand     io.Reader

	writer  [16]byte // name of this process among those that write
	commits int64    // tried so far; the writing goroutine's own

	name      string // of the store, in announcements
	announced bool   // the engine tells other processes

	queue   chan *job
	stopped chan struct{} // closed when the writing goroutine has ended
	lock    sync.RWMutex  // held to send to queue, and alone to close it
	closed  atomic.Bool
	failed  atomic.Bool
}

// Open opens the store of a database, and makes its tables where there are none. What an
// earlier till wrote is brought up to date, as a whole or not at all. The error wraps
// store.ErrSchema where a later till has written it.
func Open(ctx context.Context, c Config) (*Store, error) {
	d := &database{
		clock: clock.Or(c.Clock), patience: c.Patience, rand: c.Rand,
		queue: make(chan *job, queueMax), stopped: make(chan struct{}),
	}
	if d.patience == 0 {
		d.patience = patienceDefault
	}
	if d.rand == nil {
		d.rand = rand.Reader
	}
	if _, err := io.ReadFull(d.rand, d.writer[:]); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	var err error
	if d.pool, err = connect(ctx, c.URL, d.applicationName()); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := d.retry(ctx, func() error { return d.migrate(ctx) }); err != nil {
		d.pool.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	go d.write()
	return &Store{tables.New(d), d}, nil
}

// applicationName is what the sessions of this process call themselves.
func (d *database) applicationName() string {
	return fmt.Sprintf("%s %x", applicationName, d.writer[:8])
}

// Failed reports whether the last commit has failed, so that nothing is known to be
// written until one succeeds.
func (s *Store) Failed() bool { return s.db.failed.Load() }

// View calls read with the rows at one moment.
func (d *database) View(ctx context.Context, read func(tables.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := d.retry(ctx, func() error {
		if d.closed.Load() {
			return store.ErrClosed
		}
		return d.view(ctx, read)
	})
	if errors.As(err, new(failed)) {
		return fmt.Errorf("read store: %w", err)
	}
	return err
}

// snapshot is a transaction that sees what was committed when it began to read.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

func (d *database) view(ctx context.Context, read func(tables.Reader) error) error {
	tx, err := d.pool.BeginTx(ctx, snapshot)
	if err != nil {
		return failed{err}
	}
	defer d.giveUp(tx)
	return guard(func() error { return read(newRows(ctx, tx)) })
}

// giveUp ends a transaction that has nothing to commit.
func (d *database) giveUp(tx pgx.Tx) { _ = tx.Rollback(context.Background()) }

// Close ends the writing goroutine behind what waits, and hangs up.
func (d *database) Close() error {
	d.lock.Lock()
	if d.closed.Load() {
		d.lock.Unlock()
		return nil
	}
	d.closed.Store(true)
	close(d.queue)
	d.lock.Unlock()
	<-d.stopped
	d.leave()
	d.pool.Close()
	return nil
}

// leaveMax bounds what a process says when it goes.
const leaveMax = 2 * time.Second

// leave lets another process send notices, and removes the number of this one's last
// commit, which nobody asks for any more.
func (d *database) leave() {
	ctx, stop := context.WithTimeout(context.Background(), leaveMax)
	defer stop()
	_, _ = d.pool.Exec(ctx, "UPDATE till_notices SET until = now() - interval '1 second' WHERE owner = $1", d.writer[:])
	_, _ = d.pool.Exec(ctx, "DELETE FROM till_writers WHERE id = $1", d.writer[:])
}
