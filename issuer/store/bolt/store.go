// Package bolt keeps a store in one file, by go.etcd.io/bbolt. One goroutine
// writes: it takes all the updates that wait and commits them at once, so that
// many of them share one synchronisation of the disk.
//
// # Caveats
//
// One process holds the file. What is deleted or replaced stays in free pages of
// the file until they are used again; it was sealed before it came here.
//
// After a commit that failed, what is on the disk is not known. The store then
// takes no more updates, and opening it again shows which of them are there.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// Store is a store in a file.
type Store struct {
	tables.Store
	file *file
	old  bool // of an earlier version, and open for reading alone
}

var _ store.Store = (*Store)(nil)

const (
	fileMode    = 0o600
	lockTimeout = 2 * time.Second // for another process to let go of the file
)

// Open opens the store in a file, and makes the file where there is none. What an
// earlier till wrote is brought up to date, as a whole or not at all. The
// error wraps store.ErrInUse where another process has it open,
// store.ErrSchema where another version of till has written it, and ErrDamaged where
// pages are missing.
func Open(path string) (*Store, error) {
	var o opening
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{
		Timeout:        lockTimeout,
		NoFreelistSync: true, // two pages fewer in each commit; Close writes the list
		FreelistType:   bbolt.FreelistMapType,
		OpenFile:       o.open,
	})
	o.done = true
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: %w: stop the other one, or go through it", path, store.ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := prepare(db); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	if o.isNew {
		if err := durable.Folder(filepath.Dir(path)); err != nil {
			return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
		}
	}
	f := newFile(db)
	return &Store{tables.New(f), f, false}, nil
}

// Old reports whether an earlier version of till has written the file, which is open
// for reading alone. Its journal has no chains.
func (s *Store) Old() bool { return s.old }

// Observe has observe told of each commit that comes, by the goroutine that writes:
// it must not take long.
func (s *Store) Observe(observe func(store.Commit)) { s.file.observe.Store(&observe) }

// Waiting returns how many updates wait for the writer.
func (s *Store) Waiting() int { return len(s.file.queue) }

// Space returns the size of the file in bytes, and how much of it is free: what is
// deleted or replaced leaves pages behind, which are used again.
func (s *Store) Space() (size, free int64) {
	_ = s.file.db.View(func(tx *bbolt.Tx) error { // a store that is closed has no size
		size = tx.Size()
		return nil
	})
	return size, int64(s.file.db.Stats().FreeAlloc)
}

// Failed reports whether a commit has failed, so that the store takes no update until
// it is opened again.
func (s *Store) Failed() bool { return s.file.failed.Load() }

// Backup writes a copy of the file as it was last committed, while the store goes
// on. The copy is a store's file itself.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.file.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("back up store: %w", outcome(err))
	}
	return nil
}

// hidden keeps keys and values of rows out of what Check finds.
type hidden struct{}

// KeyToString returns no key.
func (hidden) KeyToString([]byte) string { return "(key)" }

// ValueToString returns no value.
func (hidden) ValueToString([]byte) string { return "(value)" }

// Check reads the whole file: its pages, and every row with what the rows say of
// each other. It returns what it finds wrong, with ErrDamaged where that is the
// pages. The journal of an Old store is not looked at.
func (s *Store) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.file.db.View(func(tx *bbolt.Tx) error {
		if err := checkPages(tx); err != nil {
			return err
		}
		var faults []error
		for fault := range tx.Check(bbolt.WithKVStringer(hidden{})) {
			faults = append(faults, fault)
		}
		if len(faults) > 0 {
			return fmt.Errorf("%w\n%w", ErrDamaged, errors.Join(faults...))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check pages of store: %w", outcome(err))
	}
	if s.old {
		return s.Store.CheckUnlinked(ctx)
	}
	return s.Store.Check(ctx)
}

// outcome returns an error of bbolt as one of package store.
func outcome(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}
