package bolt

import (
	"bytes"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// guarded turns panics of bbolt on a damaged file, and reads of memory that is not
// there, into ErrDamaged.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = ErrDamaged
		}
	}()
	return do()
}

// walk reads each key and value of a file, and looks each key up, so that the pages
// of the tables are touched where guarded protects the process. bbolt's own check
// has a goroutine of its own, in which nothing does.
func walk(tx *bbolt.Tx) error {
	left := tx.Size() // no table has more rows than the file has bytes
	touched := byte(0)
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
		lookUp, c := b.Cursor(), b.Cursor()
		for key, value := c.First(); key != nil; key, value = c.Next() {
			if left--; left < 0 {
				return ErrDamaged
			}
			for _, v := range value {
				touched ^= v
			}
			if found, _ := lookUp.Seek(key); !bytes.Equal(found, key) {
				return ErrDamaged
			}
		}
		return nil
	})
}
