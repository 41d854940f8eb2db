package journal

import "fmt"

// PaymentsMax is the number of payments that are kept; older ones make room.
const PaymentsMax = 1000

// Payments returns the last payments, the oldest first.
func (tx *Tx) Payments() ([]Record, error) {
	if tx.bucket(bucketPayments) == nil {
		return nil, nil
	}
	return tx.records(bucketPayments)
}

// AppendPayment keeps a new payment and returns its sequence; the oldest makes room
// where there are PaymentsMax.
func (tx *Tx) AppendPayment(content []byte) (uint64, error) {
	if tx.bucket(bucketPayments) == nil {
		if err := tx.create(bucketPayments); err != nil {
			return 0, fmt.Errorf("write to journal: %w", err)
		}
	}
	sequence, err := tx.next(bucketPayments)
	if err != nil {
		return 0, err
	}
	if err := tx.PutPayment(sequence, content); err != nil || sequence <= PaymentsMax {
		return sequence, err
	}
	if err := tx.bucket(bucketPayments).Delete(sequenceKey(sequence - PaymentsMax)); err != nil {
		return 0, fmt.Errorf("erase from journal: %w", err)
	}
	return sequence, nil
}

// PutPayment writes a payment in place of the one that has the sequence.
func (tx *Tx) PutPayment(sequence uint64, content []byte) error {
	return tx.put(bucketPayments, sequenceKey(sequence), content)
}
