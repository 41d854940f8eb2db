package journal

import (
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// Items returns what is owed to the host, in order.
func (tx *Tx) Items() ([]Record, error) { return tx.records(bucketItems) }

// Room returns the number of items that there is room for.
func (tx *Tx) Room() int {
	room := ItemsMax
	_ = tx.bucket(bucketItems).ForEach(func(_, _ []byte) error { // it passes on errors of this function alone
		room--
		return nil
	})
	return max(room, 0)
}

// NextItem returns the sequence of a new item, which Put then writes. The error
// wraps ErrFull where there is no room.
func (tx *Tx) NextItem() (sequence uint64, err error) {
	if tx.Room() <= 0 {
		return 0, fmt.Errorf("write to journal: %d items: %w", ItemsMax, ErrFull)
	}
	return tx.next(bucketItems)
}

// LastItem returns the sequence of the newest item, whether it is there any more or
// not; 0 where there was none.
func (tx *Tx) LastItem() uint64 { return tx.bucket(bucketItems).Sequence() }

// HasItem reports whether an item is there.
func (tx *Tx) HasItem(sequence uint64) bool {
	return tx.bucket(bucketItems).Get(sequenceKey(sequence)) != nil
}

// Put writes an item, in place of one that has the sequence.
func (tx *Tx) Put(sequence uint64, content []byte) error {
	return tx.put(bucketItems, sequenceKey(sequence), content)
}

// Erase takes an item out. One that is not there is out.
func (tx *Tx) Erase(sequence uint64) error {
	if err := tx.bucket(bucketItems).Delete(sequenceKey(sequence)); err != nil {
		return fmt.Errorf("erase from journal: %w", err)
	}
	return nil
}

// Device returns the state of the DUKPT device of an algorithm, zero where none was
// kept.
func (tx *Tx) Device(a secret.Algorithm) (state secret.Value, err error) {
	return tx.get(bucketDevice, deviceKey(a))
}

// SetDevice keeps the state of the DUKPT device of an algorithm. The one of the other
// stays as it is.
func (tx *Tx) SetDevice(a secret.Algorithm, state secret.Value) (err error) {
	state.Open(func(clear []byte) { err = tx.put(bucketDevice, deviceKey(a), clear) })
	return err
}
