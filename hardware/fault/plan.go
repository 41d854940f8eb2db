package fault

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Action is what a fault does.
type Action uint8

// The actions. Those with "before" keep the command from the card; those with
// "after" let the card carry it out.
const (
	PullBefore    Action = iota + 1 // the card is pulled instead of getting the command
	PullAfter                       // the card is pulled when it has carried out the command; its answer is lost
	MuteBefore                      // the card does not get the command, and no answer comes until the next reset
	MuteAfter                       // the card carries out the command, but no answer comes until the next reset
	Delay                           // the command reaches the card late
	AlterCommand                    // bytes of the command are changed on the way
	AlterResponse                   // bytes of the answer are changed on the way, status word included
	Status                          // the card carries out the command; a status word alone comes back in place of its answer
	Swallow                         // the card does not get the command; an answer comes all the same, as from a wedge
)

// Fault is one fault and the command that it strikes.
type Fault struct {
	Action Action
	Point  Point

	Delay  time.Duration // of Delay; more than 0, up to delayMax
	Bytes  []byte        // the mask of AlterCommand and AlterResponse, the two bytes of Status, the answer of Swallow
	Offset int           // of the mask, in bytes from the start
}

// Point names commands: the one with a number, or those with a name.
type Point struct {
	// Number is that of the command, from 1. Without a Name all commands are
	// counted, GET RESPONSE and repetitions included, with one those of that
	// name alone. Resets do not start the count again.
	Number int
	Name   string // as apdu.Command.Name returns it, with _ for each space; "" for any
	Every  bool   // every command of the name; Number is 0
}

// Plan is a list of faults. Where several strike the same command, they do so in
// the order of the list, those that work on the way to the card first.
type Plan []Fault

// The bounds of a fault.
const (
	delayMax     = time.Hour
	numberMax    = 1_000_000
	apduBytesMax = 261 // the longest short command APDU: header, Lc, 255 bytes, Le. ISO/IEC 7816-4
)

// String returns the line that Parse reads.
func (f Fault) String() string {
	switch f.Action {
	case PullBefore:
		return "pull before " + f.Point.String()
	case PullAfter:
		return "pull after " + f.Point.String()
	case MuteBefore:
		return "mute before " + f.Point.String()
	case MuteAfter:
		return "mute after " + f.Point.String()
	case Delay:
		return fmt.Sprintf("delay %s %s", f.Point, f.Delay)
	case AlterCommand:
		return fmt.Sprintf("alter command %s xor %X at %d", f.Point, f.Bytes, f.Offset)
	case AlterResponse:
		return fmt.Sprintf("alter response %s xor %X at %d", f.Point, f.Bytes, f.Offset)
	case Status:
		return fmt.Sprintf("status %s %X", f.Point, f.Bytes)
	case Swallow:
		return fmt.Sprintf("swallow %s answer %X", f.Point, f.Bytes)
	}
	return fmt.Sprintf("Fault(%d)", uint8(f.Action))
}

// String returns "5", "GENERATE_AC 2" or "every VERIFY".
func (p Point) String() string {
	switch {
	case p.Every:
		return "every " + p.Name
	case p.Name == "":
		return strconv.Itoa(p.Number)
	}
	return fmt.Sprintf("%s %d", p.Name, p.Number)
}

// String returns the lines that ParsePlan reads.
func (p Plan) String() string {
	var b strings.Builder
	for _, f := range p {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// MarshalText returns what String does, so that a plan is a list of strings in
// JSON and YAML.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), f.check() }

// UnmarshalText reads what Parse does.
func (f *Fault) UnmarshalText(text []byte) (err error) {
	*f, err = Parse(string(text))
	return err
}
