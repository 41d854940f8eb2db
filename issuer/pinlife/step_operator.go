package pinlife

// step lets a held item go out again, with all attempts before it.
func (OperatorRetry) step(s State) (State, []Effect) {
	if !s.Held {
		return s.refused(RefusedNotHeld)
	}
	s.Held, s.Attempts = false, 0
	return s, []Effect{Audit{AuditRetried}}
}

// step ends the life of this card's PIN. The proven generation is kept for a
// replacement card.
func (CardClosed) step(s State) (State, []Effect) {
	effects := append(s.eraseCandidates(s.Proven), s.erasePending()...)
	return State{Proven: s.Proven, Newest: s.Newest, HighestATC: s.HighestATC, Closed: true}, effects
}

// step makes the state unsure. The chip may hold a PIN that the backup does not
// know, and the pending one may have been superseded: nothing sent before counts
// as evidence, nothing waits, no online PIN is accepted until a PIN that was set
// again is proven. docs/pin-lifecycle.md, section 3.
func (RestoredFromBackup) step(s State) (State, []Effect) {
	if s.Closed {
		return s, []Effect{Audit{AuditRestored}}
	}
	effects := append(s.erasePending(), Audit{AuditRestored}, Notify{TextSetAgain, NoPIN})
	if s.SentCount > 0 && !s.anySent() {
		s.pop() // an unblock leaves no candidate
	}
	s.Pending, s.Attempts = NoPIN, 0
	s.Unblock, s.Open, s.Claimed, s.Held = false, false, false, false
	s.Unsure = true
	return s, effects
}
