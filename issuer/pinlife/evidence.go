package pinlife

// Evidence is what a contact request says about the item sent last.
type Evidence uint8

// What the chip can say.
const (
	NoEvidence Evidence = iota
	NotApplied
	Applied // proof
)

// String returns the evidence as words.
func (e Evidence) String() string { return name("Evidence", e, "none", "not applied", "applied") }

// countModulus is the number of values of a script count: it has four bits.
const countModulus = 16

// Evidence returns what the results say of an item with a base, the script count
// in the request that the item answered. A chip clears count, failed bit and
// "last online transaction not completed" together, and only once it has
// authenticated the issuer; while the last is set, the first two may be older
// than the item. docs/pin-lifecycle.md, section 4.
func (c CVR) Evidence(base uint8) Evidence {
	switch {
	case c.Cyclic:
		return c.cyclicEvidence(base)
	case c.ScriptCount == 0:
		return NotApplied
	case !c.ScriptFailed && (base == 0 || !c.LastOnlineNotCompleted):
		return Applied
	case c.ScriptFailed && !c.LastOnlineNotCompleted:
		return NotApplied
	default:
		return NoEvidence
	}
}

// cyclicEvidence judges a count that runs on: only the item itself can have
// moved it, and by one.
func (c CVR) cyclicEvidence(base uint8) Evidence {
	switch c.ScriptCount {
	case base:
		return NotApplied
	case (base + 1) % countModulus:
		if c.ScriptReceived && !c.ScriptFailed {
			return Applied
		}
	}
	return NoEvidence
}

// settle takes the evidence of a contact request on the item sent last, before
// anything is decided about the request. The first such request closes the item:
// its answer clears the chip's evidence, so no later one can say more.
func (s State) settle(r Request) (State, []Effect) {
	if !s.Open {
		return s, nil
	}
	if r.CVR.Evidence(s.last().Base) == Applied {
		return s.applied()
	}
	return s.missed(r.Policy.AttemptsMax)
}

// applied makes the last item's generation the proven one. All others can no
// longer be on the chip. A newer pending generation waits on.
func (s State) applied() (State, []Effect) {
	g := s.last().Generation
	s.Attempts = 0
	if g == NoPIN {
		s.pop()
		s.Open = false
		return s, []Effect{Notify{TextUnblocked, NoPIN}}
	}
	effects := s.eraseCandidates(g)
	s.Proven, s.Sent, s.SentCount = g, [SentMax]Item{}, 0
	s.Open, s.Claimed, s.Unsure = false, false, false
	if s.Pending == g {
		s.Pending = NoPIN
	}
	return s, append(effects, Notify{TextDone, g})
}

// eraseCandidates asks to erase all candidates but one.
func (s State) eraseCandidates(kept Generation) []Effect {
	var effects []Effect
	for _, g := range s.Candidates() {
		if g != NoPIN && g != kept {
			effects = append(effects, Erase{g})
		}
	}
	return effects
}

// missed closes the last item without proof. Its generation stays a candidate:
// the chip may have it all the same. An attempt counts only against what would
// be sent again.
func (s State) missed(attemptsMax uint8) (State, []Effect) {
	item := s.last()
	var effects []Effect
	if s.Claimed {
		effects = []Effect{Audit{AuditClaimRefuted}, Notify{TextFailed, item.Generation}}
	}
	s.Open, s.Claimed = false, false
	s.Unblock = s.Unblock || item.Unblock
	if item.Generation == NoPIN {
		s.pop()
	}
	if item.Generation != s.Pending {
		return s, effects
	}
	s.Attempts++
	if s.Attempts >= attemptsMax {
		s.Held = true
		effects = append(effects, Audit{AuditAttemptsUsedUp}, Notify{TextHeld, s.Pending})
	}
	return s, effects
}
