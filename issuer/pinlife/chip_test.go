package pinlife_test

import "github.com/f510b0cf/till/issuer/pinlife"

// triesMax is the modelled chip's PIN try limit. Two are enough to block it.
const triesMax = 2

// chip is the non-volatile record of a modelled chip. Its rules are those of
// docs/pin-lifecycle.md, section 4.
type chip struct {
	pin    pinlife.Generation
	tries  uint8
	count  uint8
	failed bool
	lonc   bool // last online transaction not completed
	atc    uint16

	// applied is no part of a chip: the ATC of the transaction whose script the
	// chip applied last.
	applied uint16
}

// script is what an answer carries; the zero script is none.
type script struct {
	generation pinlife.Generation // NoPIN with unblock
	unblock    bool
}

func (s script) none() bool { return s == script{} }

// verify is VERIFY: the try is written down before the comparison.
func (c *chip) verify(g pinlife.Generation) bool {
	c.tries--
	if g != c.pin {
		return false
	}
	c.tries = triesMax
	return true
}

// results returns the card verification results that do not depend on the PIN.
func (c *chip) results() pinlife.CVR {
	return pinlife.CVR{
		ScriptCount:            c.count,
		ScriptFailed:           c.failed,
		LastOnlineNotCompleted: c.lonc,
		TryLimitExceeded:       c.tries == 0,
	}
}

// authenticated is what issuer authentication clears: at the second GENERATE AC
// with template 72, at EXTERNAL AUTHENTICATE with template 71. Either comes
// before the script.
func (c *chip) authenticated() { c.count, c.failed, c.lonc = 0, false, false }

// apply runs a script command: PIN, tries, count and failed bit in one commit.
func (c *chip) apply(s script) {
	if s.unblock && c.pin == pinlife.NoPIN {
		c.refuse()
		return
	}
	if !s.unblock {
		c.pin = s.generation
	}
	c.tries = triesMax
	c.count++
	c.applied = c.atc
}

// refuse processes a command that fails, such as one with a wrong MAC.
func (c *chip) refuse() {
	c.count++
	c.failed = true
}
