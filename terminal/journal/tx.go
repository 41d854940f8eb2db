package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/secret"
)

// Tx is the journal within View or Update, and no longer.
type Tx struct {
	journal *Journal
	buckets
}

// Bounds of the journal.
const (
	// ItemsMax is the number of items that are kept at a time.
	ItemsMax = 1000
	// ReceiptsMax is the number of receipts that are kept; older ones make room.
	ReceiptsMax = 1000
	// BytesMax is the length of one item, receipt or device state in bytes.
	BytesMax = 16 << 10
)

// ErrFull says that there is no room for another item.
var ErrFull = errors.New("journal is full")

// errTooLong says that a value is longer than BytesMax.
var errTooLong = fmt.Errorf("longer than %d bytes", BytesMax)

// context is what a value is sealed for: its bucket and its key.
func context(bucket, key []byte) []byte { return slices.Concat(bucket, []byte{0}, key) }

// put seals a value into its place.
func (tx *Tx) put(name, key, clear []byte) error {
	if len(clear) > BytesMax {
		return fmt.Errorf("write to journal: %w", errTooLong)
	}
	sealed, err := tx.journal.key.Seal(tx.journal.rand, clear, context(name, key))
	if err == nil {
		err = tx.bucket(name).Put(key, sealed)
	}
	if err != nil {
		return fmt.Errorf("write to journal: %w", err)
	}
	return nil
}

// get opens a value. It is zero where there is none.
func (tx *Tx) get(name, key []byte) (secret.Value, error) {
	sealed := tx.bucket(name).Get(key)
	if sealed == nil {
		return secret.Value{}, nil
	}
	value, err := tx.journal.key.Unseal(sealed, context(name, key))
	if err != nil {
		return secret.Value{}, fmt.Errorf("read journal: %w", err)
	}
	return value, nil
}

// Record is an item or a receipt.
type Record struct {
	Sequence uint64 // rises with every record, also over restarts
	Content  secret.Value
}

// next returns the sequence of the next record of a bucket.
func (tx *Tx) next(name []byte) (uint64, error) {
	sequence, err := tx.bucket(name).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("write to journal: %w", err)
	}
	return sequence, nil
}

// records returns all records of a bucket in the order of their sequence.
func (tx *Tx) records(name []byte) ([]Record, error) {
	var list []Record
	err := tx.bucket(name).ForEach(func(key, _ []byte) error {
		content, err := tx.get(name, key)
		if err != nil {
			return err
		}
		list = append(list, Record{Sequence: binary.BigEndian.Uint64(key), Content: content}) // the key is sealed with it
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func sequenceKey(sequence uint64) []byte { return binary.BigEndian.AppendUint64(nil, sequence) }
