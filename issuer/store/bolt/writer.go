package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

const (
	queueMax = 1024 // updates that wait before Update itself waits
	batchMax = 512  // updates of one commit
)

// file is a tables.Medium: the database and its writer.
type file struct {
	db      *bbolt.DB
	queue   chan *job
	stopped chan struct{} // closed when the writer has ended

	lock   sync.RWMutex // held to send to queue, and alone to close it
	closed bool

	failure error // of the commit that failed; the writer's own
	failed  atomic.Bool
	observe atomic.Pointer[func(store.Commit)]
}

// job is an update on its way through the writer.
type job struct {
	change   func(tables.Writer) error
	taken    atomic.Bool   // by the writer, or by its caller who gave up
	done     chan struct{} // closed when err and panicked are set
	err      error
	panicked any
}

func newFile(db *bbolt.DB) *file {
	f := &file{db: db, queue: make(chan *job, queueMax), stopped: make(chan struct{})}
	go f.write()
	return f
}

// View calls read with the rows as they were last committed.
func (f *file) View(ctx context.Context, read func(tables.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return outcome(f.db.View(func(tx *bbolt.Tx) error { return read(&rows{tx: tx}) }))
}

// Update has the writer call change, and returns once that is committed.
func (f *file) Update(ctx context.Context, change func(tables.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{change: change, done: make(chan struct{})}
	if err := f.send(ctx, j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err() // the writer passes it over
		}
		<-j.done
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// send puts a job into the queue.
func (f *file) send(ctx context.Context, j *job) error {
	f.lock.RLock()
	defer f.lock.RUnlock()
	if f.closed {
		return store.ErrClosed
	}
	select {
	case f.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the writer: it commits what waits until the queue is closed.
func (f *file) write() {
	defer close(f.stopped)
	batch := make([]*job, 0, batchMax)
	for j := range f.queue {
		batch = f.drain(append(batch[:0], j))
		began := time.Now()
		if err := f.commit(batch); err != nil {
			f.failure = err
			f.failed.Store(true)
		}
		if observe := f.observe.Load(); observe != nil {
			(*observe)(store.Commit{Updates: len(batch), Took: time.Since(began)})
		}
		for _, j := range batch {
			close(j.done)
		}
	}
}

// drain adds what waits in the queue to a batch.
func (f *file) drain(batch []*job) []*job {
	for len(batch) < batchMax {
		select {
		case j, open := <-f.queue:
			if !open {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the jobs of a batch in one transaction and commits it. Its error is
// one of the file, which every job of the batch gets.
func (f *file) commit(batch []*job) error {
	err := f.failure
	if err == nil {
		err = f.transact(batch)
	}
	if err != nil {
		for _, j := range batch {
			j.err = fmt.Errorf("%w: %w", store.ErrFailed, err)
		}
	}
	return err
}

// transact runs the jobs that are not given up. Where none wrote there is nothing
// to commit.
func (f *file) transact(batch []*job) error {
	tx, err := f.db.Begin(true)
	if err != nil {
		return err
	}
	r := &rows{tx: tx}
	for _, j := range batch {
		if j.taken.CompareAndSwap(false, true) {
			j.run(r)
		}
	}
	if r.err != nil || r.writes == 0 {
		return errors.Join(r.err, tx.Rollback())
	}
	return tx.Commit()
}

// run calls the change. A panic goes back to who asked for it.
func (j *job) run(w tables.Writer) {
	defer func() { j.panicked = recover() }()
	j.err = j.change(w)
}

// Close ends the writer behind what waits, writes the list of free pages, so that
// the next Open need not look for them, and closes the file.
func (f *file) Close() error {
	f.lock.Lock()
	if f.closed {
		f.lock.Unlock()
		return nil
	}
	f.closed = true
	close(f.queue)
	f.lock.Unlock()
	<-f.stopped
	var err error
	if f.failure == nil {
		f.db.NoFreelistSync = false
		err = f.db.Update(func(*bbolt.Tx) error { return nil })
	}
	if err = errors.Join(err, f.db.Close()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
