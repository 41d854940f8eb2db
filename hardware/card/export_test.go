package card

import "github.com/f510b0cf/till/emv"

// Block commits that application i, or with i below 0 the whole card, is
// blocked. No command does so yet.
func Block(c *ICC, i int) error {
	now := c.state.Load()
	if i < 0 {
		return c.commit(&state{blocked: true, applications: now.applications})
	}
	a := now.applications[i]
	a.flags |= applicationBlocked
	return c.commit(now.with(i, a))
}

// SetATC commits an ATC.
func SetATC(c *ICC, i int, atc emv.ATC) error {
	now := c.state.Load()
	a := now.applications[i]
	a.atc = atc
	return c.commit(now.with(i, a))
}

// Fill makes the memory of a card as good as full.
func Fill(c *ICC) { c.journal.size = journalBytesMax }

// Restart takes the session of a powered card back to the start of its
// transaction, for benchmarks.
func Restart(powered any) { powered.(*session).phase = phaseInitiated }
