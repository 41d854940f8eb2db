package card

import (
	"errors"
	"fmt"
)

// Repersonalise puts the card back as it was issued, but for the ATC of each
// application, which never falls: an issuer takes no cryptogram twice. It is one
// record of the journal, so that it happens as a whole or not at all. It takes the
// card's power, and refuses while a command is being carried out.
func (c *ICC) Repersonalise() error {
	if !c.mu.TryLock() {
		return errors.New("reset card: a command is still being carried out")
	}
	defer c.mu.Unlock()
	if c.failure != nil {
		return fmt.Errorf("reset card: open it again: %w", c.failure)
	}
	c.session.Store(nil)
	next, present := firstState(c.image), c.state.Load()
	for i := range next.applications {
		next.applications[i].atc = present.applications[i].atc
	}
	if err := c.commit(WriteReset, next); err != nil {
		c.failure = err
		return fmt.Errorf("reset card: %w", err)
	}
	return nil
}
