package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// schemaVersion is the version of the tables. Rows of cards have one of their own.
const schemaVersion = 1

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

// prepare makes the tables in a new file, and checks the version of an old one.
func prepare(db *bbolt.DB) error {
	var version []byte
	empty := true
	err := db.View(func(tx *bbolt.Tx) error {
		name, _ := tx.Cursor().First()
		empty = name == nil
		if meta := tx.Bucket(metaBucket); meta != nil {
			version = append(version, meta.Get(schemaKey)...)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case empty:
		return db.Update(makeTables)
	case len(version) != 1:
		return fmt.Errorf("the file is not a store of till: %w", store.ErrSchema)
	case version[0] != schemaVersion:
		return fmt.Errorf("the file has version %d, this till reads %d: %w", version[0], schemaVersion, store.ErrSchema)
	}
	return nil
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
