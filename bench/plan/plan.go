// Package plan has the words in which faults are planned, for scenarios and for the
// simulation: of the card, by the plans of hardware/fault, of the line, of the host
// and of the terminal. A plan is data: one fault to a line, or with semicolons
// between them. docs/sim.md lists all.
package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
)

// Kind is where a fault strikes and what it does there.
type Kind uint8

// The kinds.
const (
	CardFault    Kind = iota + 1 // card pull before GENERATE_AC 2: all of hardware/fault
	CardCut                      // card cut script/torn: the power goes within a write of the card
	Line                         // line lose answer
	KillHost                     // kill host before: at one of its commits
	KillTerminal                 // kill terminal after 3: at one of its writes to the journal
	HostFull                     // host disk-full: a commit fails, and so do all until it is restarted
	HostSlow                     // host slow 2 30s: a commit takes that long
	TerminalFull                 // terminal disk-full 3: a write to the journal fails
)

// Action is what happens to a message on the line.
type Action string

// The actions.
const (
	Lose    Action = "lose"    // the message is lost, and the connection dead
	Drop    Action = "drop"    // it is lost, and nobody notices
	Double  Action = "double"  // it arrives twice
	Corrupt Action = "corrupt" // its first byte is another, or the one that is named
	Delay   Action = "delay"   // it arrives when the terminal waits no longer, and what follows it behind it
	Reorder Action = "reorder" // it arrives behind the one that follows it
	Cut     Action = "cut"     // its first bytes arrive, then the connection is dead

	Downgrade Action = "downgrade" // the answer comes without issuer authentication data
)

// Actions returns all actions.
func Actions() []Action {
	return []Action{Lose, Drop, Double, Corrupt, Delay, Reorder, Cut, Downgrade}
}

// AnyMessage is the message of a Line fault that counts all messages.
const AnyMessage = "message"

// Fault is one fault and the place at which it strikes.
type Fault struct {
	Kind   Kind
	Number int // the fault strikes at the place of that number, from 1; of all kinds but CardFault

	Card    fault.Fault   // of CardFault
	Point   card.Point    // of CardCut
	Action  Action        // of Line
	Message string        // of Line: request, answer, advice, reversal, digits of a message type, or AnyMessage
	Bytes   int           // of Cut: how many arrive; of Corrupt: which one is another, from 0
	Stay    bool          // of Line: it stays down
	After   bool          // of KillHost and KillTerminal: what was to be written is
	Delay   time.Duration // of HostSlow
}

// Plan is a list of faults.
type Plan []Fault

// String returns the line that Parse reads.
func (f Fault) String() string {
	switch f.Kind {
	case CardFault:
		return "card " + f.Card.String()
	case CardCut:
		return fmt.Sprintf("card cut %s %d", f.Point, f.Number)
	case Line:
		return f.line()
	case KillHost:
		return fmt.Sprintf("kill host %s %d", beforeOrAfter(f.After), f.Number)
	case KillTerminal:
		return fmt.Sprintf("kill terminal %s %d", beforeOrAfter(f.After), f.Number)
	case HostFull:
		return fmt.Sprintf("host disk-full %d", f.Number)
	case HostSlow:
		return fmt.Sprintf("host slow %d %s", f.Number, f.Delay)
	case TerminalFull:
		return fmt.Sprintf("terminal disk-full %d", f.Number)
	}
	return fmt.Sprintf("Fault(%d)", uint8(f.Kind))
}

func (f Fault) line() string {
	action := string(f.Action)
	if f.Action == Cut || f.Action == Corrupt && f.Bytes != 0 {
		action += fmt.Sprintf("=%d", f.Bytes)
	}
	text := fmt.Sprintf("line %s %s %d", action, f.Message, f.Number)
	if f.Stay {
		text += " stay"
	}
	return text
}

// kinds are the last three digits of the types of messages that have a name here; the
// first digit is the edition of the standard.
var kinds = map[string]string{"request": "100", "answer": "110", "advice": "120", "reversal": "420"}

// typeDigits is the length of a message type.
const typeDigits = 4

// NameOf returns the name that messages of a type have here; empty for none.
func NameOf(messageType string) string {
	for name, digits := range kinds {
		if len(messageType) == typeDigits && messageType[1:] == digits {
			return name
		}
	}
	return ""
}

// Strikes reports whether a Line fault is for messages of a type, its four digits.
func (f Fault) Strikes(messageType string) bool {
	return f.Message == AnyMessage || f.Message == messageType || f.Message == NameOf(messageType) && f.Message != ""
}

// TypeOf returns the four digits that a message begins with, in ASCII, in EBCDIC or two
// to a byte; empty where it is too short for that.
func TypeOf(packed []byte) string {
	if len(packed) < typeDigits {
		return ""
	}
	switch packed[0] >> 4 {
	case 0x3:
		return string(packed[:typeDigits])
	case 0xF:
		return string([]byte{packed[0]&0x0F + '0', packed[1]&0x0F + '0', packed[2]&0x0F + '0', packed[3]&0x0F + '0'})
	}
	return fmt.Sprintf("%X", packed[:typeDigits/2])
}

func beforeOrAfter(after bool) string {
	if after {
		return "after"
	}
	return "before"
}

// separator stands between the faults of a plan that is one line.
const separator = "; "

// String returns the plan in one line.
func (p Plan) String() string {
	all := make([]string, len(p))
	for i, f := range p {
		all[i] = f.String()
	}
	return strings.Join(all, separator)
}
