package pinlife

import "slices"

// accepts reports whether DE52 is a PIN that purchases are approved with: the
// reference, and the pending PIN where the policy says so or while there is
// nothing older to compare with. docs/pin-lifecycle.md, section 5.
func (s *State) accepts(r Request) bool {
	if r.equals(s.Reference()) {
		return true
	}
	immediate := r.Policy.OnlinePINEffective == Immediate
	first := s.neverProven() && !s.Claimed
	return !s.Unsure && (immediate || first) && r.equals(s.Pending)
}

// decide judges a request of a chip whose cryptogram and ATC are good. Status
// comes before the PIN.
func (s *State) decide(r Request) Decision {
	switch {
	case !r.Active:
		return Decision{Decline: DeclineNotActive}
	case r.TerminalClaimsPIN && !r.CVR.OfflinePINGood():
		return Decision{Decline: DeclineWedge}
	case r.PINBlock:
		return decision(s.online(r))
	case r.Channel == Contact:
		return decision(s.offline(r.CVR))
	case r.CVR.OfflinePINPerformed && r.CVR.OfflinePINFailed:
		return decision(PINWrongOffline)
	default:
		return decision(PINNotGiven)
	}
}

// decision returns the decision that a verdict leads to.
func decision(v PINVerdict) Decision {
	switch v {
	case PINWrong, PINWrongOffline, PINNotYet, PINMissing, PINRefused:
		return Decision{PIN: v, Decline: DeclinePIN}
	default:
		return Decision{PIN: v}
	}
}

// online judges DE52.
func (s *State) online(r Request) PINVerdict {
	switch {
	case s.accepts(r):
		return PINAccepted
	case r.equals(s.Pending):
		return PINNotYet
	default:
		return PINWrong
	}
}

// offline judges a contact request without DE52.
func (s *State) offline(c CVR) PINVerdict {
	switch {
	case c.OfflinePINGood():
		return PINAccepted
	case c.OfflinePINPerformed:
		return PINWrongOffline
	case s.neverProven() && s.Pending != NoPIN && c.TryLimitExceeded:
		return PINMissing
	default:
		return PINNotGiven
	}
}

// stripe judges a request without chip data. Between sending and proof any
// candidate is accepted, and audited where it is not the reference.
func (s *State) stripe(r Request) []Effect {
	switch {
	case !r.Active:
		return []Effect{Decision{Decline: DeclineNotActive}}
	case !r.PINBlock:
		return []Effect{decision(PINNotGiven)}
	case s.accepts(r) || !s.anySent() || s.Unsure || !slices.ContainsFunc(s.Candidates(), r.equals):
		return []Effect{decision(s.online(r))}
	default:
		return []Effect{Audit{AuditStripeCandidate}, decision(PINAccepted)}
	}
}

// order judges a card-not-present request, which reads no PIN state.
func order(r Request) Decision {
	if r.PINBlock {
		return decision(PINRefused)
	}
	return decision(PINNotNeeded)
}
