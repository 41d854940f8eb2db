package pinlife

import "fmt"

// Phase is the state in one word. docs/pin-lifecycle.md, section 2.
type Phase uint8

// The phases.
const (
	Unset   Phase = iota // no PIN was ever created
	Pending              // a PIN waits for its card
	Sent                 // an answer carried an item, and no contact request came since
	Claimed              // as Sent, and a terminal says that the chip took it
	Stable               // the chip proved what it holds, and nothing waits
	Held                 // nothing goes out until an operator retries or the holder changes the PIN
	Unsure               // restored from a backup: the PIN is to be set again
	Closed               // replaced or closed
)

// String returns the phase as a word.
func (p Phase) String() string {
	return name("Phase", p, "unset", "pending", "sent", "claimed", "stable", "held", "unsure", "closed")
}

// Phase derives the phase.
func (s State) Phase() Phase {
	switch {
	case s.Closed:
		return Closed
	case s.Held:
		return Held
	case s.Claimed:
		return Claimed
	case s.Open:
		return Sent
	case s.Pending != NoPIN:
		return Pending
	case s.Unsure:
		return Unsure
	case s.Proven != NoPIN:
		return Stable
	default:
		return Unset
	}
}

// name returns the word for a value of an enumeration that starts at 0.
func name[E ~uint8](kind string, value E, words ...string) string {
	if int(value) < len(words) {
		return words[value]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(value))
}
