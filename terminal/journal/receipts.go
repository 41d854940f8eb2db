package journal

import (
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// Receipts returns the last receipts, the oldest first.
func (tx *Tx) Receipts() ([]Record, error) { return tx.records(bucketReceipts) }

// Receipt returns one of them by its sequence, zero where it is not there.
func (tx *Tx) Receipt(sequence uint64) (secret.Value, error) {
	return tx.get(bucketReceipts, sequenceKey(sequence))
}

// LastReceipt returns the sequence of the newest receipt, 0 where there was none.
func (tx *Tx) LastReceipt() uint64 { return tx.bucket(bucketReceipts).Sequence() }

// AppendReceipt keeps a receipt; the oldest makes room where there are
// ReceiptsMax.
func (tx *Tx) AppendReceipt(content []byte) error {
	sequence, err := tx.next(bucketReceipts)
	if err != nil {
		return err
	}
	if err := tx.put(bucketReceipts, sequenceKey(sequence), content); err != nil || sequence <= ReceiptsMax {
		return err
	}
	if err := tx.bucket(bucketReceipts).Delete(sequenceKey(sequence - ReceiptsMax)); err != nil {
		return fmt.Errorf("erase from journal: %w", err)
	}
	return nil
}

// AppendReceipt is Tx.AppendReceipt in an Update of its own.
func (j *Journal) AppendReceipt(content []byte) error {
	return j.Update(func(tx *Tx) error { return tx.AppendReceipt(content) })
}
