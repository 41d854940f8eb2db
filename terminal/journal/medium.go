package journal

import (
	"go.etcd.io/bbolt"
)

// medium is what a journal lies on: buckets of rows, which are changed together or
// not at all.
type medium interface {
	update(use func(buckets) error) error
	view(use func(buckets) error) error
	close() error
}

// buckets are those of a medium within update or view.
type buckets interface {
	bucket(name []byte) bucket // nil where there is none
	create(name []byte) error
}

// bucket has rows in the order of their keys.
type bucket interface {
	Get(key []byte) []byte
	Put(key, value []byte) error
	Delete(key []byte) error
	NextSequence() (uint64, error)
	Sequence() uint64 // the one that NextSequence has given last
	ForEach(use func(key, value []byte) error) error
}

// file is a medium in a file. The database is behind closures: what prints values by
// reflection must not walk through memory that is mapped from a file.
type file struct {
	updating, viewing func(func(*bbolt.Tx) error) error
	closing           func() error
}

func newFile(db *bbolt.DB) file { return file{db.Update, db.View, db.Close} }

func (f file) update(use func(buckets) error) error {
	return f.updating(func(tx *bbolt.Tx) error { return use(fileBuckets{tx}) })
}

func (f file) view(use func(buckets) error) error {
	return f.viewing(func(tx *bbolt.Tx) error { return use(fileBuckets{tx}) })
}

func (f file) close() error { return f.closing() }

type fileBuckets struct{ tx *bbolt.Tx }

func (b fileBuckets) bucket(name []byte) bucket {
	if found := b.tx.Bucket(name); found != nil {
		return found
	}
	return nil
}

func (b fileBuckets) create(name []byte) error {
	_, err := b.tx.CreateBucket(name)
	return err
}
