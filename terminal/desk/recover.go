package desk

import (
	"fmt"

	"github.com/f510b0cf/till/terminal/journal"
)

// Recover writes the end of a payment whose terminal died. It is called before a link
// is made of the journal: what is owed for the payment is still there then.
func Recover(j *journal.Journal) error {
	err := j.Update(func(tx *journal.Tx) error {
		return eachRecord(tx, func(id uint64, r *record) error {
			if !r.Open {
				return nil
			}
			r.recover(r.Item != 0 && tx.HasItem(r.Item))
			return putRecord(tx, id, r)
		})
	})
	if err != nil {
		return fmt.Errorf("recover payments: %w", err)
	}
	return nil
}

// recover ends a record. owed says that the reversal of its request is still in the
// journal: it goes out, whatever the end was to be. An approval of which the link knew
// has no reversal any more; one that came although the issuer did not answer has one
// that is due in any case.
func (r *record) recover(owed bool) {
	r.Open = false
	if r.Result == "" || owed && r.Result == Approved && !r.ReversalDue {
		r.Result, r.Reason, r.Next = Interrupted, "the terminal stopped before the end", nil
	}
	r.ReversalDue = r.ReversalDue || owed
}
