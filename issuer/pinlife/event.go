package pinlife

import "slices"

// Event is something that the issuer learns. The types of this file are all
// there are.
type Event interface {
	step(s State) (State, []Effect)
}

// PINCreated says that the holder created the first PIN, or sets it again after
// a restore. Generation must be State.Next.
type PINCreated struct {
	Generation Generation
}

// PINChanged says that the holder changed the PIN. Generation must be State.Next.
type PINChanged struct {
	Generation      Generation
	EqualsReference bool // the digits are those of State.Reference
}

// UnblockAsked says that the holder asked for new PIN tries on the chip.
type UnblockAsked struct{}

// Repeat says that a request came again that was answered before: same key and
// content but for the repeat digit of the message type, the transmission time
// and the MAC.
type Repeat struct{}

// Reversal says that a payment was reversed.
type Reversal struct{}

// TimeOut says that nothing more was heard of a request.
type TimeOut struct{}

// Advice says what a terminal reports after a transaction.
type Advice struct {
	ATC                  uint16
	Result               ScriptResult
	FinalCryptogramValid bool // it holds the transaction's final cryptogram, and that is right
}

// ScriptResult is a terminal's word on a script.
type ScriptResult uint8

// What a terminal can report.
const (
	NoResult ScriptResult = iota // nothing, or a dialect that can not
	NotPerformed
	Failed
	Successful
)

// OperatorRetry says that an operator wants a held item to be sent again.
type OperatorRetry struct{}

// CardClosed says that the card was closed, or replaced by another.
type CardClosed struct{}

// RestoredFromBackup says that the state comes from a backup, so that what
// happened since is not known.
type RestoredFromBackup struct{}

// Channel is how a request came about.
type Channel uint8

// The channels.
const (
	Contact     Channel = iota // chip, inserted
	Contactless                // chip, tapped
	Stripe                     // card present, without chip data
	Order                      // card not present
)

// CVR is what the card verification results of a request say, whatever their
// layout. The application cryptogram covers them.
type CVR struct {
	OfflinePINPerformed    bool
	OfflinePINFailed       bool
	TryLimitExceeded       bool
	ScriptCount            uint8 // of the last transaction; below 16
	ScriptFailed           bool  // in the last transaction
	LastOnlineNotCompleted bool

	// Cyclic says that the family's script count is never cleared and runs on
	// modulo 16; ScriptReceived then says that the last transaction had one.
	Cyclic         bool
	ScriptReceived bool
}

// OfflinePINGood reports whether the card verified a PIN in this transaction and
// found it right.
func (c CVR) OfflinePINGood() bool { return c.OfflinePINPerformed && !c.OfflinePINFailed }

// Request is an authorisation request that was not answered before. Contact and
// Contactless requests have an ATC, a cryptogram and a CVR.
type Request struct {
	Policy    Policy // in force when the request is decided
	Channel   Channel
	ATC       uint16
	ARQCValid bool
	CVR       CVR
	Active    bool // the holder activated the card, and its status is good
	Foreign   bool // others personalised the card: section 4
	Declined  bool // the answer is a decline for a reason outside this package

	// TerminalClaimsPIN says that by the CVM results (tag 9F34) an offline PIN
	// was successful.
	TerminalClaimsPIN bool

	// PINBlock says that the request has DE52. Equals lists those of State.Live
	// that it equals: several where the holder chose the same digits again, none
	// where it is wrong or the host's own tries are used up.
	PINBlock bool
	Equals   []Generation
}

// equals reports whether DE52 is the PIN of a generation.
func (r Request) equals(g Generation) bool {
	return r.PINBlock && g != NoPIN && slices.Contains(r.Equals, g)
}
