package journal

import (
	"errors"
	"os"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/f510b0cf/till/emv/boltpages"
)

// openFile opens the database, or makes a new one. What is there is looked at first.
func openFile(c Config) (*bbolt.DB, error) {
	info, err := os.Stat(c.Path)
	if err == nil && info.Size() > 0 {
		err = checkFile(c)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	db, err := bbolt.Open(c.Path, fileMode, &bbolt.Options{Timeout: c.Wait, FreelistType: bbolt.FreelistMapType})
	return db, inUse(err)
}

// checkFile reports a file whose pages are not all there: bbolt maps it into memory
// and trusts the lengths in it, and a wrong one would end the process.
func checkFile(c Config) error {
	db, err := bbolt.Open(c.Path, fileMode, &bbolt.Options{Timeout: c.Wait, ReadOnly: true})
	if err != nil {
		return inUse(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		whole, err := boltpages.Snapshot{Path: c.Path, PageSize: db.Info().PageSize, Size: tx.Size(), Transaction: tx.ID()}.Whole()
		if err == nil && !whole {
			err = ErrDamaged
		}
		return err
	})
	return errors.Join(err, db.Close())
}

// inUse says so where another process has the file.
func inUse(err error) error {
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrInUse
	}
	return err
}
