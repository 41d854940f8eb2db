package pinlife

// carries reports whether the answer to a contact request, decided so far as d,
// carries what waits. docs/pin-lifecycle.md, section 5.
func (s *State) carries(r Request, d Decision) bool {
	switch {
	case s.Pending == NoPIN && !s.Unblock, s.Held:
		return false
	case d.Decline == DeclineNotActive, d.Decline == DeclineWedge:
		return false
	case d.Decline != NoDecline || r.Declined:
		return r.Policy.DeliverOnDecline && s.opens(r)
	default:
		return s.opens(r)
	}
}

// opens is the gate: who may have a script.
func (s *State) opens(r Request) bool {
	if r.Foreign && r.CVR.ScriptCount != 0 {
		return false // the base would not be 0: section 4
	}
	return !r.Policy.RequireOldPIN ||
		r.CVR.OfflinePINGood() || // (a)
		s.accepts(r) || // (b)
		s.neverProven() && r.CVR.TryLimitExceeded || // (c)
		s.Unblock || // (d)
		r.equals(s.Pending) && r.CVR.TryLimitExceeded // (e) the old PIN is forgotten
}

// neverProven reports that the chip was personalised without a PIN and has not
// proven one since.
func (s *State) neverProven() bool { return s.Proven == NoPIN }

// send puts what waits into the answer: the pending PIN, which gives the chip
// its tries back too, else the unblock.
func (s State) send(r Request) (State, Effect) {
	build := s.build(r.Policy)
	if s.sent(s.Pending) {
		s.pop() // the newest generation is the last item: it goes out anew
	}
	s.push(Item{s.Pending, r.ATC, r.CVR.ScriptCount, s.Unblock})
	s.Open, s.Unblock = true, false
	return s, build
}

// build returns the effect that makes the script.
func (s *State) build(p Policy) Effect {
	if s.Pending == NoPIN {
		return BuildUnblock{p.ScriptTemplate}
	}
	p2 := P2NewPIN
	if certain := s.Proven != NoPIN && !s.anySent() && !s.Unsure; p.CurrentPIN && certain {
		p2 = P2WithCurrentPIN
	}
	return BuildScript{s.Pending, p2, p.ScriptTemplate}
}

// full reports that the pending generation finds no room among the sent items.
func (s *State) full() bool { return s.SentCount == SentMax && !s.sent(s.Pending) }
