package card

import "github.com/f510b0cf/till/emv"

// SetATC commits an ATC.
func SetATC(c *ICC, i int, atc emv.ATC) error {
	next := c.state.Load().clone()
	next.applications[i].atc = atc
	return c.commit(WriteATC, next)
}

// Unblock commits that a card is blocked no more, which none does.
func Unblock(c *ICC) error {
	next := c.state.Load().clone()
	next.blocked = false
	return c.commit(WriteScript, next)
}

// CompactAt sets the size of a journal from which on it is compacted.
func CompactAt(c *ICC, size int64) { c.journal.most = size }

// Restart takes the session of a powered card back to the start of its
// transaction, for benchmarks.
func Restart(powered any) { powered.(*session).phase = phaseInitiated }
