package bolt

import (
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/f510b0cf/till/emv/boltpages"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// ErrDamaged says that a file is not what bbolt wrote: its end is missing, or its
// pages are not those of a store.
var ErrDamaged = errors.New("the file is damaged or not whole: restore a backup")

// errReadOnly is why an inspected store takes no update.
var errReadOnly = errors.New("store is open for reading alone")

// Inspect opens the store in a file for reading alone: not a byte of it changes,
// which is what a damaged one wants, and one of an earlier version stays what it is.
// Its errors are those of Open, or wrap
// ErrDamaged.
func Inspect(path string) (*Store, error) {
	db, err := openToRead(path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	var version byte
	err = db.View(checkPages)
	if err == nil {
		version, err = versionOf(db)
	}
	if err == nil {
		err = db.View(func(tx *bbolt.Tx) error { return checkTables(tx, version) })
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	f := &file{db: db, queue: make(chan *job, 1), stopped: make(chan struct{}), failure: errReadOnly}
	go f.write()
	return &Store{tables.New(f), f, version < schemaVersion}, nil
}

// openToRead opens a file whose pages are all there: bbolt maps it into memory, and
// to read behind its end would be the end of the process.
func openToRead(path string) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{Timeout: lockTimeout, ReadOnly: true})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: stop the other one, or go through it", store.ErrInUse)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	info, err := os.Stat(path)
	if err == nil {
		err = db.View(func(tx *bbolt.Tx) error {
			if tx.Size() > info.Size() {
				return ErrDamaged
			}
			return nil
		})
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// opening opens a file for bbolt, once it has seen that its pages are all there, and
// notes whether there were none yet.
type opening struct {
	done  bool // what comes now is a copy of the file for a backup
	isNew bool
}

// open is bbolt.Options.OpenFile.
func (o *opening) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, flag, mode)
	if err != nil || o.done {
		return f, err
	}
	info, err := f.Stat()
	if err == nil {
		if o.isNew = info.Size() == 0; !o.isNew {
			err = wholeFile(f, path, info.Size())
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// wholeFile reports a file whose pages are not all there. Most often its head tells that.
func wholeFile(f *os.File, path string, size int64) error {
	bytes, ok := boltpages.Extent(f)
	switch {
	case !ok:
		return whole(path)
	case bytes > size:
		return ErrDamaged
	}
	return nil
}

// whole reports a file whose pages are not all there, by what bbolt makes of it.
func whole(path string) error {
	db, err := openToRead(path)
	if err != nil {
		return err
	}
	return db.Close()
}

// checkPages reads all pages that a transaction shows: bbolt's own check would end
// the process over a wrong length.
func checkPages(tx *bbolt.Tx) error {
	db := tx.DB()
	whole, err := boltpages.Snapshot{Path: db.Path(), PageSize: db.Info().PageSize, Size: tx.Size(), Transaction: tx.ID()}.Whole()
	if err == nil && !whole {
		err = ErrDamaged
	}
	return err
}

// checkTables reports a file in which a table of its version is missing.
func checkTables(tx *bbolt.Tx, version byte) error {
	names := bucketNames[:]
	if version == 1 {
		names = names[:tablesOf1]
	}
	for _, name := range names {
		if tx.Bucket(name) == nil {
			return ErrDamaged
		}
	}
	return nil
}
