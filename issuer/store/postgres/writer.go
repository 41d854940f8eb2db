package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

const (
	queueMax = 1024 // updates that wait before Update itself waits
	batchMax = 256  // updates of one commit
)

// job is an update on its way through the writing goroutine.
type job struct {
	change   func(tables.Writer) error
	taken    atomic.Bool   // by the writing goroutine, or by its caller who gave up
	done     chan struct{} // closed when err and panicked are set
	err      error
	panicked any
}

// Update has the writing goroutine call change, and returns once that is committed.
func (d *database) Update(ctx context.Context, change func(tables.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed.Load() {
		return store.ErrClosed
	}
	j := &job{change: change, done: make(chan struct{})}
	if err := d.send(ctx, j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err() // the writing goroutine passes it over
		}
		<-j.done
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// send puts a job into the queue.
func (d *database) send(ctx context.Context, j *job) error {
	d.lock.RLock()
	defer d.lock.RUnlock()
	if d.closed.Load() {
		return store.ErrClosed
	}
	select {
	case d.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write commits what waits until the queue is closed.
func (d *database) write() {
	defer close(d.stopped)
	for j := range d.queue {
		batch := d.drain([]*job{j})
		if len(batch) > 0 {
			d.commit(batch)
		}
		for _, j := range batch {
			close(j.done)
		}
	}
}

// drain adds what waits in the queue to a batch, without those that were given up.
func (d *database) drain(batch []*job) (taken []*job) {
	for more := true; more && len(batch) < batchMax; {
		select {
		case j, open := <-d.queue:
			if more = open; open {
				batch = append(batch, j)
			}
		default:
			more = false
		}
	}
	for _, j := range batch {
		if j.taken.CompareAndSwap(false, true) {
			taken = append(taken, j)
		}
	}
	return taken
}

// commit runs the jobs of a batch in one transaction until that is committed. Its error
// is one of the database, which every job of the batch gets.
func (d *database) commit(batch []*job) {
	ctx := context.Background() // what has begun comes to its end
	err := d.retry(ctx, func() error {
		d.commits++
		err := d.transact(ctx, batch)
		if !errors.Is(err, errDoubt) {
			return err
		}
		return d.resolve(ctx, d.commits, err)
	})
	d.failed.Store(err != nil)
	if err != nil {
		for _, j := range batch {
			j.panicked, j.err = nil, fmt.Errorf("%w: %w", store.ErrFailed, err)
		}
	}
}

// transact runs the jobs in one transaction and commits it. Where none wrote there is
// nothing to commit.
func (d *database) transact(ctx context.Context, batch []*job) error {
	c, err := d.pool.Acquire(ctx)
	if err != nil {
		return failed{err}
	}
	defer c.Release()
	var n needs
	if err := guard(func() error { n = newRows(ctx, c).scout(batch); return nil }); err != nil {
		return err
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return failed{err}
	}
	defer d.giveUp(tx)
	w := newChanges(newRows(ctx, tx))
	err = guard(func() error {
		w.fetch(&n, lockStore)
		for _, j := range batch {
			j.run(w)
		}
		if w.writes > 0 {
			d.finish(w)
		}
		return nil
	})
	if err != nil || w.writes == 0 {
		return err
	}
	takeWarning(c.Conn())
	err = committed(tx.Commit(ctx))
	if err == nil && takeWarning(c.Conn()) {
		return failed{fmt.Errorf("%w: the server warned", errDoubt)}
	}
	return err
}

// run calls the change. A panic goes back to who asked for it, but for one of the
// database.
func (j *job) run(w tables.Writer) {
	defer func() {
		j.panicked = recover()
		if b, is := j.panicked.(broken); is {
			panic(b)
		}
	}()
	j.err = nil
	j.err = j.change(w)
}

// finish writes what was changed, the number of the commit, and which cards changed.
func (d *database) finish(w *changes) {
	var b pgx.Batch
	w.queue(&b)
	b.Queue("INSERT INTO till_writers (id, number, at) VALUES ($1, $2, now()) ON CONFLICT (id) DO UPDATE SET number = excluded.number, at = excluded.at", d.writer[:], d.commits)
	d.announce(&b, w.cards)
	if err := w.db.SendBatch(w.ctx, &b).Close(); err != nil {
		panic(broken{err})
	}
}

// resolve finds out what became of a commit whose answer was lost, and returns nil where
// it is there, a passing error where it is not. It waits for the lock, and so until the
// server has ended that transaction; and it commits a change of its own, so that a
// standby which must have it has what came before it too.
func (d *database) resolve(ctx context.Context, number int64, doubt error) error {
	there := false
	err := d.retry(ctx, func() (err error) {
		there, err = d.lookUp(ctx, number)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w: it can not be looked up: %v", errDoubt, err)
	case !there:
		return failed{fmt.Errorf("commit was lost: %v", doubt)}
	}
	return nil
}

// lookUp reports whether a commit of this process is there, and durable.
func (d *database) lookUp(ctx context.Context, number int64) (there bool, err error) {
	c, err := d.pool.Acquire(ctx)
	if err != nil {
		return false, failed{err}
	}
	defer c.Release()
	tx, err := c.Begin(ctx)
	if err != nil {
		return false, failed{err}
	}
	defer d.giveUp(tx)
	if _, err := tx.Exec(ctx, "UPDATE till_lock SET turn = turn + 1"); err != nil {
		return false, failed{err}
	}
	err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM till_writers WHERE id = $1 AND number = $2)", d.writer[:], number).Scan(&there)
	if err != nil {
		return false, failed{err}
	}
	takeWarning(c.Conn())
	err = committed(tx.Commit(ctx))
	if err == nil && takeWarning(c.Conn()) {
		return false, failed{fmt.Errorf("%w: the server warned", errDoubt)}
	}
	return there, err
}
