package pinlife

// Generation numbers the PINs of one card from 1, in the order in which they were
// acknowledged to its holder.
type Generation uint32

// NoPIN is the generation of a chip whose PIN is not set.
const NoPIN Generation = 0

// SentMax bounds the generations that may be on a chip without proof, beside the
// proven one. A newer generation than that many does not go out: the state is
// Held. docs/pin-lifecycle.md, section 3.
const SentMax = 8

// Item is what an answer carried to the chip, and may have put there.
type Item struct {
	Generation Generation // NoPIN where the item is an unblock alone
	ATC        uint16     // of the request that it answered
	Base       uint8      // script count in that request
	Unblock    bool       // it answers an unblock that the holder asked for
}

// State is what the issuer knows of the PIN of one card. It is a plain value: it
// may be copied, compared and stored. The zero State is a chip that was
// personalised with its PIN not set. docs/pin-lifecycle.md, section 2.
type State struct {
	Proven  Generation // the last one that the chip proved to hold, or was personalised with
	Pending Generation // the newest acknowledged one, until it is proven
	Newest  Generation // the highest number given so far
	Unblock bool       // asked for by the holder, and in no sent item

	// Sent holds SentCount items since the last proof, one for each generation,
	// the last one sent at the end.
	Sent      [SentMax]Item
	SentCount uint8
	Open      bool // no contact request came since the last item
	Claimed   bool // an advice says that the last item was applied

	HighestATC uint16 // of all requests with a valid cryptogram
	Attempts   uint8  // sendings of what is pending that were not proven
	Held       bool   // nothing goes out until somebody acts
	Unsure     bool   // restored from a backup, and nothing proven since
	Closed     bool   // replaced or closed
}

// Personalised returns the state of a card whose chip left personalisation with
// a PIN, as generation 1.
func Personalised() State { return State{Proven: 1, Newest: 1} }

// Step returns the state after an event and what is to be done. A caller carries
// out the computing effects, commits the state with their results, and then
// emits the others. docs/pin-lifecycle.md, section 1.
func (s State) Step(e Event) (State, []Effect) { return e.step(s) }

// Next returns the generation that a PIN created or changed now gets.
func (s State) Next() Generation { return s.Newest + 1 }

// Reference returns the generation that online PINs are compared with: the
// claimed one, else the proven one. NoPIN is none, which is so before the first
// claim or proof and after a restore.
func (s State) Reference() Generation {
	switch {
	case s.Unsure:
		return NoPIN
	case s.Claimed:
		return s.last().Generation
	default:
		return s.Proven
	}
}

// Candidates returns the generations of which the chip holds one, oldest first.
// NoPIN is among them until a PIN was proven.
func (s State) Candidates() []Generation {
	candidates := append(make([]Generation, 0, SentMax+2), s.Proven)
	for _, item := range s.items() {
		if item.Generation != NoPIN {
			candidates = append(candidates, item.Generation)
		}
	}
	return candidates
}

// Live returns the generations whose sealed digits are still needed, oldest
// first: those that the chip may hold and the pending one. An online PIN is
// compared with each of them.
func (s State) Live() []Generation {
	live := s.Candidates()
	if live[0] == NoPIN {
		live = live[1:]
	}
	if s.Pending != NoPIN && !s.sent(s.Pending) {
		live = append(live, s.Pending)
	}
	return live
}

// items returns the sent items in use.
func (s *State) items() []Item { return s.Sent[:s.SentCount] }

// last returns the item sent last; there must be one.
func (s *State) last() Item { return s.Sent[s.SentCount-1] }

// push appends an item; there must be room.
func (s *State) push(item Item) {
	s.Sent[s.SentCount] = item
	s.SentCount++
}

// pop drops the last item.
func (s *State) pop() {
	s.SentCount--
	s.Sent[s.SentCount] = Item{}
}

// sent reports whether a generation went out since the last proof.
func (s *State) sent(g Generation) bool {
	for _, item := range s.items() {
		if item.Generation == g {
			return true
		}
	}
	return false
}

// anySent reports whether a PIN went out since the last proof.
func (s *State) anySent() bool { return s.SentCount > 0 && s.Sent[0].Generation != NoPIN }
