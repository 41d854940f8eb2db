package bolt

import (
	"iter"

	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// rows is a tables.Writer on a transaction.
type rows struct {
	tx      *bbolt.Tx
	buckets [tables.Count]*bbolt.Bucket // those used so far
	writes  int
	err     error // the first write that failed
}

// journalFill is how full pages of the journal and its links get before they are split: its keys
// only rise.
const journalFill = 0.95

// bucket returns the bucket of a table, nil where the file is older than the table.
func (r *rows) bucket(t tables.Table) *bbolt.Bucket {
	if r.buckets[t] == nil {
		r.buckets[t] = r.tx.Bucket(bucketNames[t])
		if b := r.buckets[t]; b != nil && (t == tables.Journal || t == tables.Links) {
			b.FillPercent = journalFill
		}
	}
	return r.buckets[t]
}

// Get returns the value of a row.
func (r *rows) Get(t tables.Table, key []byte) []byte {
	if b := r.bucket(t); b != nil {
		return b.Get(key)
	}
	return nil
}

// From iterates over the rows from a key on.
func (r *rows) From(t tables.Table, key []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		b := r.bucket(t)
		if b == nil {
			return
		}
		c := b.Cursor()
		for k, v := c.Seek(key); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Find returns the value of the first row with these beginnings.
func (r *rows) Find(t tables.Table, prefix, start []byte) []byte {
	return tables.FindIn(r.From(t, prefix), prefix, start)
}

// LastKey returns the key of the last row.
func (r *rows) LastKey(t tables.Table) []byte {
	b := r.bucket(t)
	if b == nil {
		return nil
	}
	key, _ := b.Cursor().Last()
	return key
}

// Put sets the value of a row.
func (r *rows) Put(t tables.Table, key, value []byte) { r.wrote(r.bucket(t).Put(key, value)) }

// Delete removes a row.
func (r *rows) Delete(t tables.Table, key []byte) { r.wrote(r.bucket(t).Delete(key)) }

func (r *rows) wrote(err error) {
	r.writes++
	if r.err == nil {
		r.err = err
	}
}
