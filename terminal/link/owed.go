package link

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// Owed counts the reversals and advices that a journal holds as due: the host has not
// acknowledged them. The reversal of a transaction that runs is not among them.
func Owed(tx *journal.Tx) (reversals, advices int, err error) {
	records, err := tx.Items()
	for _, r := range records {
		r.Content.Open(func(b []byte) {
			switch {
			case len(b) < itemHead || b[0] != itemVersion:
				err = fmt.Errorf("count what is owed: %w", emv.ErrMalformed)
			case queue.Phase(b[2]) == queue.Open:
			case queue.Kind(b[1]) == queue.Reversal:
				reversals++
			default:
				advices++
			}
		})
	}
	return reversals, advices, err
}
