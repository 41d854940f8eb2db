package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// schemaVersion is the version of the tables, schemaOldest the first that is brought
// up to it. Version 2 links and seals the journal, and journals members' acts. Rows
// of cards have a version of their own.
const (
	schemaVersion = 2
	schemaOldest  = 1
)

// tablesOf1 is how many tables version 1 has.
const tablesOf1 = tables.Links

// The bucket and the key of the schema version, one byte.
var (
	metaBucket = []byte("meta")
	schemaKey  = []byte("schema")
)

// bucketNames are the buckets of the tables.
var bucketNames = func() (names [tables.Count][]byte) {
	for t := range tables.Count {
		names[t] = []byte(t.String())
	}
	return names
}()

// prepare makes the tables in a new file, and brings those of an old one up to the
// present version, unless it is open for reading alone.
func prepare(db *bbolt.DB) error {
	version, err := versionOf(db)
	switch {
	case err != nil:
		return err
	case version == 0:
		return db.Update(makeTables)
	case version < schemaVersion && !db.IsReadOnly():
		return db.Update(migrate)
	}
	return nil
}

// versionOf returns the version of a file, 0 of an empty one. It refuses what is no
// store, or one of a later till.
func versionOf(db *bbolt.DB) (version byte, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		if name, _ := tx.Cursor().First(); name == nil {
			return nil
		}
		meta := tx.Bucket(metaBucket)
		if meta == nil || len(meta.Get(schemaKey)) != 1 {
			return fmt.Errorf("the file is not a store of till: %w", store.ErrSchema)
		}
		version = meta.Get(schemaKey)[0]
		if version < schemaOldest || version > schemaVersion {
			return fmt.Errorf("the file has version %d, this till reads %d to %d: %w", version, schemaOldest, schemaVersion, store.ErrSchema)
		}
		return nil
	})
	return version, err
}

// migrate brings a file of version 1 up to the present one, as a whole or not at
// all.
func migrate(tx *bbolt.Tx) error {
	for _, name := range bucketNames[tablesOf1:] {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	r := &rows{tx: tx}
	if err := errors.Join(tables.LinkEntries(r), r.err); err != nil {
		return fmt.Errorf("bring store up to version %d: %w", schemaVersion, err)
	}
	return tx.Bucket(metaBucket).Put(schemaKey, []byte{schemaVersion})
}

func makeTables(tx *bbolt.Tx) error {
	for _, name := range bucketNames {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	return meta.Put(schemaKey, []byte{schemaVersion})
}
