package pinlife

// refused leaves the state as it is.
func (s State) refused(r Refusal) (State, []Effect) { return s, []Effect{Refused{r}} }

// step makes the first PIN pending, or the one that is set again after a
// restore. docs/pin-lifecycle.md, section 3.
func (e PINCreated) step(s State) (State, []Effect) {
	switch p := s.Phase(); {
	case p == Closed:
		return s.refused(RefusedClosed)
	case p != Unset && p != Unsure:
		return s.refused(RefusedPINExists)
	case e.Generation != s.Next():
		return s.refused(RefusedStale)
	}
	return s.acknowledge(e.Generation)
}

// step makes the changed PIN pending, also where it has the digits of the PIN that
// is there. Going back to the reference takes a pending change away, as long as
// none was sent.
func (e PINChanged) step(s State) (State, []Effect) {
	switch p := s.Phase(); {
	case p == Closed:
		return s.refused(RefusedClosed)
	case p == Unset:
		return s.refused(RefusedNoPIN)
	case e.Generation != s.Next():
		return s.refused(RefusedStale)
	case e.EqualsReference && s.Pending != NoPIN && s.Reference() != NoPIN && !s.anySent():
		return s.cancel(e.Generation)
	}
	return s.acknowledge(e.Generation)
}

// acknowledge makes a generation the pending one, with all attempts before it.
func (s State) acknowledge(g Generation) (State, []Effect) {
	s, effects := s.supersede(g)
	s.Pending = g
	return s, append(effects, Notify{TextPending, g})
}

// cancel leaves nothing pending; the generation itself is not needed either.
func (s State) cancel(g Generation) (State, []Effect) {
	s, effects := s.supersede(g)
	return s, append(effects, Erase{g}, Notify{TextCancelled, NoPIN})
}

// supersede ends what was pending. It is erased unless the chip may hold it.
func (s State) supersede(g Generation) (State, []Effect) {
	effects := s.erasePending()
	s.Newest, s.Pending, s.Attempts, s.Held = g, NoPIN, 0, false
	return s, effects
}

// erasePending asks to erase the pending generation if it was never sent.
func (s *State) erasePending() []Effect {
	if s.Pending == NoPIN || s.sent(s.Pending) {
		return nil
	}
	return []Effect{Erase{s.Pending}}
}

// step queues an unblock. A chip that can hold no PIN has nothing to unblock.
func (UnblockAsked) step(s State) (State, []Effect) {
	switch {
	case s.Closed:
		return s.refused(RefusedClosed)
	case s.Unsure:
		return s.refused(RefusedUnsure)
	case s.Held:
		return s.refused(RefusedHeld)
	case s.neverProven() && !s.anySent():
		return s.refused(RefusedNoPIN)
	}
	s.Unblock = true
	return s, []Effect{Notify{TextUnblockQueued, NoPIN}}
}
