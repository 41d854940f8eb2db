package journal

import "fmt"

// Receipts returns the last receipts, the oldest first.
func (tx *Tx) Receipts() ([]Record, error) { return tx.records(bucketReceipts) }

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
