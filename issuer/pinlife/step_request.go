package pinlife

// step decides a request. docs/pin-lifecycle.md, section 3.
func (r Request) step(s State) (State, []Effect) {
	switch {
	case r.Channel == Order:
		return s, []Effect{order(r)}
	case s.Closed:
		return s, []Effect{Decision{Decline: DeclineClosed}}
	case r.Channel == Stripe:
		return s, s.stripe(r)
	case !r.ARQCValid:
		return s, []Effect{Decision{Decline: DeclineBadCryptogram}}
	case r.ATC <= s.HighestATC:
		return s, []Effect{Audit{AuditATCNotNew}, Decision{Decline: DeclineATCNotNew}}
	default:
		s.HighestATC = r.ATC
		return s.chip(r)
	}
}

// chip decides a request that the card itself made: evidence first, then the
// decision, then what the answer carries. A tap gives no evidence and carries
// nothing.
func (s State) chip(r Request) (State, []Effect) {
	var effects []Effect
	if r.Channel == Contact {
		s, effects = s.settle(r)
	}
	d := s.decide(r)
	if d.Decline == DeclineWedge {
		effects = append(effects, Audit{AuditWedge})
	}
	switch {
	case r.Channel != Contact || !s.carries(r, d):
		return s, append(effects, d)
	case s.full():
		s.Held = true
		return s, append(effects, d, Audit{AuditSentFull}, Notify{TextHeld, s.Pending})
	}
	s, build := s.send(r)
	d.Script = true
	return s, append(effects, d, build)
}
