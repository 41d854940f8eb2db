package queue

import (
	"cmp"
	"slices"
)

// Step returns what becomes of the state in an event, and what is to be done. It
// changes nothing of s. An event about something that is not there changes
// nothing.
func (s State) Step(e Event) (State, []Effect) {
	st := step{State: s}
	st.Items = slices.Clone(s.Items)
	switch e := e.(type) {
	case Restarted:
		st.restart(e.Items)
	case Begun:
		st.current(EndNotRecorded) // one before this that nobody ended
		st.keep(Item{Sequence: e.Sequence, Kind: Reversal, Phase: Open})
	case Abandoned:
		st.current(EndNotRecorded)
	case NotSent:
		st.current(NoReason)
	case Answered:
		st.Failures = 0
	case TimedOut:
		st.current(NoAnswer)
	case Completed:
		st.complete(e)
	case Connected:
		st.Connected, st.Dialing, st.Waiting = true, false, false
	case Lost:
		st.lose()
	case Unreachable:
		st.Dialing = false
		st.wait()
	case Acknowledged:
		st.Failures = 0
		st.erase(e.Sequence)
	case Unacknowledged:
		st.unacknowledged(e.Sequence)
	case Waited:
		st.Waiting = false
	}
	st.proceed()
	return st.State, st.effects
}

// step is a state on its way.
type step struct {
	State
	effects []Effect
}

func (s *step) do(e Effect) { s.effects = append(s.effects, e) }

// keep adds an item or exchanges it.
func (s *step) keep(i Item) {
	if at := s.at(i.Sequence); at >= 0 {
		s.Items[at] = i
	} else {
		s.Items = append(s.Items, i)
	}
	s.do(Keep{i})
}

func (s *step) erase(sequence uint64) {
	if at := s.at(sequence); at >= 0 {
		s.Items = slices.Delete(s.Items, at, at+1)
		s.do(Erase{sequence})
	}
}

// current has the reversal of the transaction that runs fall due, or erased where
// there is no reason for it.
func (s *step) current(why Reason) {
	i, ok := s.Current()
	switch {
	case !ok:
	case why == NoReason:
		s.erase(i.Sequence)
	default:
		i.Phase, i.Reason = Due, why
		s.keep(i)
	}
}

func (s *step) restart(items []Item) {
	s.State = State{Items: slices.Clone(items)}
	slices.SortFunc(s.Items, func(a, b Item) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for at := range s.Items {
		if s.Items[at].Phase == Await {
			s.Items[at].Phase = Due
		}
	}
	s.current(EndNotRecorded)
}

func (s *step) complete(e Completed) {
	if e.Reversal {
		s.current(NotCompleted)
	} else {
		s.current(NoReason)
	}
	if e.Advice != 0 {
		s.keep(Item{Sequence: e.Advice, Kind: Advice, Phase: Due})
	}
}

// lose puts what was under way back. On the next connection it is tried anew.
func (s *step) lose() {
	s.Connected = false
	for at := range s.Items {
		s.Items[at].Tries = 0
		if s.Items[at].Phase == Await {
			s.Items[at].Phase = Due
		}
	}
	s.wait()
}

func (s *step) unacknowledged(sequence uint64) {
	at := s.at(sequence)
	if at < 0 || s.Items[at].Phase != Await {
		return
	}
	s.Items[at].Phase = Due
	s.Items[at].Tries++
	s.wait()
}

// wait counts a failure and lets time pass. One wait at a time is enough.
func (s *step) wait() {
	s.Failures++
	if !s.Waiting {
		s.Waiting = true
		s.do(Wait{delay(s.Failures)})
	}
}

// proceed sends what is next, one item at a time, or has a connection made.
func (s *step) proceed() {
	next, ok := s.next()
	if !ok {
		return
	}
	if !s.Connected {
		if !s.Dialing && !s.Waiting {
			s.Dialing = true
			s.do(Dial{})
		}
		return
	}
	if s.Waiting && next.Tries > 0 {
		return
	}
	first := !next.Sent
	next.Phase, next.Sent = Await, true
	s.Items[s.at(next.Sequence)] = next
	if first {
		s.do(Keep{next})
	}
	s.do(Send{Sequence: next.Sequence, Repeat: !first})
}

// next returns the item to be sent: those with fewer tries before others, so that
// one that the host does not answer holds nothing up; then reversals before
// advices, and the oldest first. There is none while an acknowledgement is awaited.
func (s *step) next() (next Item, ok bool) {
	for _, i := range s.Items {
		switch {
		case i.Phase == Await:
			return Item{}, false
		case i.Phase == Due && (!ok || before(i, next)):
			next, ok = i, true
		}
	}
	return next, ok
}

func before(a, b Item) bool {
	return cmp.Or(cmp.Compare(a.Tries, b.Tries), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Sequence, b.Sequence)) < 0
}
