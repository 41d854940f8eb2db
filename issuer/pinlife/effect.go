package pinlife

// Effect is something to be done after a step. The types of this file are all
// there are.
type Effect interface {
	// Emitted reports whether the effect is for after the commit. The others are
	// worked out before it, and their results are part of it.
	Emitted() bool
}

// Decision says what the request is worth, as far as the PIN is concerned. Every
// Request has exactly one.
type Decision struct {
	PIN     PINVerdict
	Decline Decline
	Script  bool // a BuildScript or BuildUnblock comes with it
}

// PINVerdict is what became of the PIN in a request.
type PINVerdict uint8

// The verdicts.
const (
	PINNotJudged    PINVerdict = iota // declined before it came to the PIN
	PINNotNeeded                      // an order
	PINNotGiven                       // limits decide whether one was needed
	PINAccepted                       // by the chip or by DE52
	PINWrong                          // DE52 is wrong: the host's own tries count it
	PINWrongOffline                   // the chip found it wrong
	PINNotYet                         // DE52 is the pending PIN, which is not accepted yet: declined, no try counted
	PINMissing                        // first insertion without DE52
	PINRefused                        // an order with a PIN block
)

// String returns the verdict as words.
func (v PINVerdict) String() string {
	return name("PINVerdict", v, "not judged", "not needed", "not given", "accepted", "wrong", "wrong offline", "not yet effective", "missing", "refused")
}

// Decline is why a request must be declined.
type Decline uint8

// The reasons.
const (
	NoDecline            Decline = iota
	DeclineClosed                // the card was replaced or closed
	DeclineNotActive             // its status is not good
	DeclineBadCryptogram         // the ARQC is wrong
	DeclineATCNotNew             // replay, clone or restored image
	DeclineWedge                 // the terminal claims a good offline PIN, the chip does not
	DeclinePIN                   // by the verdict on the PIN
)

// String returns the reason as words.
func (d Decline) String() string {
	return name("Decline", d, "none", "closed", "not active", "bad cryptogram", "ATC not new", "wedge", "PIN")
}

// P2 is the second parameter of the command PIN CHANGE/UNBLOCK. EMV Book 3,
// 6.5.10 leaves the values 01 and 02 to the payment systems.
type P2 uint8

// The values of P2 for a change.
const (
	P2WithCurrentPIN P2 = 0x01 // the PIN block mixes in the PIN on the chip
	P2NewPIN         P2 = 0x02 // it does not
)

// BuildScript asks for a script with a PIN change. Its bytes belong to the
// answer and to the commit.
type BuildScript struct {
	Generation Generation
	P2         P2
	Template   Template
}

// BuildUnblock asks for a script with an unblock, P2 00.
type BuildUnblock struct {
	Template Template
}

// Erase asks for the sealed digits of a generation to be erased in the commit:
// no chip holds it, nor will.
type Erase struct {
	Generation Generation
}

// ResendStored asks for the stored answer to be sent again, byte for byte.
type ResendStored struct{}

// Refused says that the holder or operator does not get what he asked for. The
// state is as before.
type Refused struct {
	Reason Refusal
}

// Refusal is why something asked for was refused.
type Refusal uint8

// The refusals.
const (
	RefusedClosed    Refusal = iota // the card was replaced or closed
	RefusedPINExists                // create: there is a PIN, it can be changed
	RefusedNoPIN                    // change or unblock: there is none
	RefusedStale                    // the generation is not State.Next: decide again
	RefusedHeld                     // unblock: an operator has to look first
	RefusedUnsure                   // unblock: the PIN is to be set again first
	RefusedNotHeld                  // retry: nothing is held
)

// String returns the refusal as words.
func (r Refusal) String() string {
	return name("Refusal", r, "closed", "PIN exists", "no PIN", "stale generation", "held", "unsure", "not held")
}

// Notify asks for a text to the holder.
type Notify struct {
	Text       Text
	Generation Generation // that it is about, NoPIN where it is about none
}

// Text is what the holder is told.
type Text uint8

// The texts.
const (
	TextPending        Text = iota // insert the card, use the PIN before this one a last time
	TextCancelled                  // the PIN stays as it is
	TextProbablyActive             // the chip seems to have it, the next insertion confirms
	TextDone                       // the new PIN is the only one that works
	TextFailed                     // the chip did not confirm it: still the PIN before
	TextHeld                       // delivery failed too often, call us
	TextUnblockQueued              // insert the card
	TextUnblocked                  // the chip has its tries back
	TextSetAgain                   // set the PIN again
)

// String returns the text's name.
func (t Text) String() string {
	return name("Text", t, "pending", "cancelled", "probably active", "done", "failed", "held", "unblock queued", "unblocked", "set again")
}

// Audit asks for a line that an operator sees.
type Audit struct {
	Reason Reason
}

// Reason is why something is audited.
type Reason uint8

// The reasons.
const (
	AuditWedge           Reason = iota // see DeclineWedge
	AuditATCNotNew                     // see DeclineATCNotNew: ends in a replacement card
	AuditClaimRefuted                  // alarm: a terminal reported success, the chip does not confirm it
	AuditAttemptsUsedUp                // sent as often as the policy allows
	AuditSentFull                      // SentMax generations without proof: ends in a replacement card
	AuditRetried                       // an operator acted
	AuditStripeCandidate               // a PIN block without chip data was accepted that is not the reference
	AuditRestored                      // alarm: state from a backup
)

// String returns the reason as words.
func (r Reason) String() string {
	return name("Reason", r, "wedge", "ATC not new", "claim refuted", "attempts used up", "too many candidates", "retried", "stripe with candidate", "restored from backup")
}

// Emitted is false: the decision shapes the answer.
func (Decision) Emitted() bool { return false }

// Emitted is false: the script is part of the answer.
func (BuildScript) Emitted() bool { return false }

// Emitted is false: the script is part of the answer.
func (BuildUnblock) Emitted() bool { return false }

// Emitted is false: what no state refers to goes with the commit.
func (Erase) Emitted() bool { return false }

// Emitted is true.
func (ResendStored) Emitted() bool { return true }

// Emitted is true.
func (Refused) Emitted() bool { return true }

// Emitted is true.
func (Notify) Emitted() bool { return true }

// Emitted is true.
func (Audit) Emitted() bool { return true }
