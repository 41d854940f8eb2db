package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// Load puts the rows that dump tells into an empty store, in one commit: where it fails
// the store is as empty as before.
func (s *Store) Load(ctx context.Context, dump func(each func(tables.Row) error) error) error {
	err := s.db.load(ctx, dump)
	if errors.As(err, new(failed)) {
		return fmt.Errorf("load store: %w", err)
	}
	return err
}

func (d *database) load(ctx context.Context, dump func(each func(tables.Row) error) error) error {
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		return failed{err}
	}
	defer d.giveUp(tx)
	if _, err := tx.Exec(ctx, lockStore); err != nil {
		return failed{err}
	}
	if err := guard(func() error { return tables.CheckEmpty(newRows(ctx, tx)) }); err != nil {
		return err
	}
	w := newChanges(newRows(ctx, tx))
	err = guard(func() error {
		err := dump(func(row tables.Row) error {
			w.Put(row.Table, row.Key, row.Value)
			if w.writes == tables.LoadRows {
				w.save()
				w = newChanges(newRows(ctx, tx))
			}
			return nil
		})
		w.save()
		return err
	})
	if err != nil {
		return err
	}
	return committed(tx.Commit(ctx))
}

// Empty refuses a store that has anything in it: the error wraps store.ErrExists.
func (s *Store) Empty(ctx context.Context) error { return s.db.View(ctx, tables.CheckEmpty) }

// errMoved says that a store is elsewhere now.
var errMoved = errors.New("the store of this database was moved elsewhere by `till issuer migrate-store`: use that; the tables till_* here can be dropped")

// Retire has a store that was copied elsewhere not be opened any more.
func (s *Store) Retire(ctx context.Context) error {
	if _, err := s.db.pool.Exec(ctx, "UPDATE till_lock SET turn = $1", turnMoved); err != nil {
		return fmt.Errorf("retire store: %w", err)
	}
	return nil
}

// turnMoved stands in the lock of a store that was moved.
const turnMoved = -1

// errOthers says that a store is in use.
var errOthers = fmt.Errorf("%w: stop every `till issuer serve` on this database first", store.ErrInUse)

// How long Alone waits for sessions to end: the server notices after a moment that a
// process was killed.
const (
	aloneTries = 20
	alonePause = 100 * time.Millisecond
)

// Alone refuses a database on which other processes work: the error wraps store.ErrInUse.
func (s *Store) Alone(ctx context.Context) error {
	for n := range aloneTries {
		others, err := s.db.others(ctx, s.db.pool)
		switch {
		case err != nil:
			return fmt.Errorf("look for other processes: %w", err)
		case others == 0:
			return nil
		case n < aloneTries-1:
			if err := s.db.wait(ctx, alonePause); err != nil {
				return err
			}
		}
	}
	return errOthers
}
