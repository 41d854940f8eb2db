// Package transfer takes all that a store keeps to a store of another kind: each row as it
// is, so that nothing is opened, sealed, left out or numbered anew.
package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// Content is a store whose rows can be told and put. The stores of bolt, postgres and mem
// are.
type Content interface {
	// Dump tells all rows as they are at one moment.
	Dump(ctx context.Context, each func(tables.Row) error) error
	// Load puts rows into an empty store; the error wraps store.ErrExists where it is not.
	Load(ctx context.Context, dump func(each func(tables.Row) error) error) error
}

// progressRows is after how many rows progress is told.
const progressRows = 10_000

// Copy puts all that one store has into another one, which must be empty, and reads that
// back. Where it fails, a store of postgres is as empty as before, and one of bolt is
// worth nothing. progress is told how many rows were copied so far, and may be nil.
func Copy(ctx context.Context, from, to Content, progress func(rows int)) (rows int, err error) {
	told := newDigest()
	err = to.Load(ctx, func(each func(tables.Row) error) error {
		return from.Dump(ctx, func(row tables.Row) error {
			told.add(row)
			if rows++; rows%progressRows == 0 && progress != nil {
				progress(rows)
			}
			return each(row)
		})
	})
	if err != nil {
		return rows, err
	}
	kept, err := Digest(ctx, to)
	if err == nil && kept != told.sum() {
		err = errors.New("read back: it is not what was written")
	}
	if err != nil {
		return rows, fmt.Errorf("check copy: %w", err)
	}
	return rows, nil
}

// Digest returns the SHA-256 of all that a store has: two stores with the same one have
// the same.
func Digest(ctx context.Context, s Content) ([sha256.Size]byte, error) {
	d := newDigest()
	err := s.Dump(ctx, func(row tables.Row) error {
		d.add(row)
		return nil
	})
	return d.sum(), err
}

// digest is a hash of rows.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

// add adds a row: its table and lengths, key and value.
func (d digest) add(row tables.Row) {
	head := binary.BigEndian.AppendUint32([]byte{byte(row.Table)}, uint32(len(row.Key)))
	d.Write(binary.BigEndian.AppendUint32(head, uint32(len(row.Value))))
	d.Write(row.Key)
	d.Write(row.Value)
}

func (d digest) sum() (s [sha256.Size]byte) {
	d.Sum(s[:0])
	return s
}
