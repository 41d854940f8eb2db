package card

import "fmt"

// Write is why a card writes to its memory.
type Write string

// The writes of a card. docs/card.md says which command makes which.
const (
	WriteATC            Write = "atc"                   // GET PROCESSING OPTIONS
	WritePINTry         Write = "pin-try"               // VERIFY, before the comparison
	WritePINGood        Write = "pin-good"              // VERIFY, after a match
	WriteFirstAC        Write = "first-ac"              // first GENERATE AC
	WriteAuthentication Write = "issuer-authentication" // EXTERNAL AUTHENTICATE, where it fails
	WriteSecondAC       Write = "second-ac"             // second GENERATE AC
	WriteScript         Write = "script"                // a script command, applied or refused
	WriteReset          Write = "reset"                 // Repersonalise
)

// Moment is an instant of a write.
type Moment string

// The moments. After the first two the card is as before the write, after the
// last as behind it. A write that was not synced may be either; here it has come
// through, but for one that replaces the whole memory.
const (
	Before   Moment = "before"   // nothing is written
	Torn     Moment = "torn"     // half of the bytes are
	Unsynced Moment = "unsynced" // all are, and may be lost
	After    Moment = "after"    // it is durable, and the answer is lost
)

// Writes returns all writes.
func Writes() []Write {
	return []Write{WriteATC, WritePINTry, WritePINGood, WriteFirstAC, WriteAuthentication, WriteSecondAC, WriteScript, WriteReset}
}

// Moments returns all moments in their order.
func Moments() []Moment { return []Moment{Before, Torn, Unsynced, After} }

// Point is an instant at which a test can take the power of a card: see
// Config.Cut.
type Point struct {
	Write  Write
	Moment Moment
}

// String returns the point as in "pin-try/torn".
func (p Point) String() string { return fmt.Sprintf("%s/%s", p.Write, p.Moment) }
