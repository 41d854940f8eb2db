package kernel

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// Transaction is what the merchant asks for.
type Transaction struct {
	Amount      uint64              // authorised, cashback included, in the smallest unit of the terminal's currency
	OtherAmount uint64              // cashback
	Kind        emv.TransactionKind // what it is for
	Type        byte                // tag 9C, two decimal digits; Kind.Type() by common use
	Time        time.Time           // local date and time of the terminal
	Counter     uint32              // tag 9F41
	Contactless bool                // the card is tapped
	ForceOnline bool                // the merchant asks for it
}

// Outcome is the kernel's verdict.
type Outcome uint8

// The outcomes. The zero Outcome is none.
const (
	ApprovedOffline Outcome = iota + 1
	ApprovedOnline
	DeclinedOffline
	DeclinedOnline
	// NotAccepted: the transaction was ended before a verdict; Reason says why.
	NotAccepted
	// Fallback: the chip can not be used, another technology may be: EMV Book 1,
	// 12.4, and EMV Book 4, 6.9 (from memory).
	Fallback
	// CardRemoved: the card or the reader did not answer any more.
	CardRemoved
	// Done: a PIN-management transaction delivered the issuer's scripts, and the card
	// carried them out.
	Done
)

// String returns the outcome in words.
func (o Outcome) String() string {
	names := [...]string{
		ApprovedOffline: "approved offline",
		ApprovedOnline:  "approved online",
		DeclinedOffline: "declined offline",
		DeclinedOnline:  "declined online",
		NotAccepted:     "not accepted",
		Fallback:        "fallback",
		CardRemoved:     "card removed",
		Done:            "done",
	}
	if int(o) < len(names) && names[o] != "" {
		return names[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Approved reports whether the purchase stands.
func (o Outcome) Approved() bool { return o == ApprovedOffline || o == ApprovedOnline }

// Successful reports whether the transaction came to what the merchant asked for,
// which is not always a purchase.
func (o Outcome) Successful() bool { return o.Approved() || o == Done }

// Result is what a transaction came to.
type Result struct {
	Outcome Outcome
	// Reason says in a few words why a transaction was not accepted, fell back, was
	// declined by the card, or ended without the issuer's answer; empty otherwise.
	Reason string
	// Cause is the error behind CardRemoved, behind a transaction that a failing
	// Cardholder or an endless answer of the card ended, or behind a missing answer
	// of the host; nil otherwise.
	Cause error

	Application Candidate   // the selected one; zero where there was none
	PAN         account.PAN // zero where the transaction did not get past the card's records

	ARC        emv.ARC // the issuer's, or one of the terminal's own: Y1, Z1, Y3, Z3
	CID        emv.CID // of the last cryptogram that the card gave
	AC         emv.AC
	ATC        emv.ATC
	Cryptogram bool // the card gave a cryptogram, so that CID and AC mean something

	// CryptogramTVR is the TVR as it was when the card was asked for the last
	// cryptogram that it gave, so that a cryptogram that covers the TVR covers this
	// one.
	CryptogramTVR emv.TVR

	TVR        emv.TVR
	TSI        emv.TSI
	CVMResults emv.CVMResults
	// Findings say of each bit of the TVR why it is set, in the order in which that
	// was found.
	Findings []Finding

	ScriptResults []emv.ScriptResult // in the order in which the templates were processed

	Balances []Balance // of the issuer's answer, whatever became of the transaction

	// RequestSent says that an authorisation request may have reached the host.
	RequestSent bool
	// ReversalDue says that the host may have booked an amount that does not
	// stand. It says nothing about a PIN: a reversal takes none back.
	ReversalDue bool
	// SignatureNeeded says that the receipt is to be signed.
	SignatureNeeded bool
	// AdviceRequested says that the card asked for an advice in its CID.
	AdviceRequested bool

	// Data are the data objects of card, terminal and issuer as they were at the
	// end; never nil.
	Data *DataObjects

	// Steps tell what was decided in which phase, and why. They hold no account
	// data.
	Steps []Step
}

// Step is one decision.
type Step struct {
	Phase Phase
	Text  string
}

// Phase is a function of transaction processing.
type Phase uint8

// The phases in their usual order. EMV Book 1, 12, and EMV Book 3, 10.
const (
	ApplicationSelection          Phase = iota // Book 1, 12
	InitiateApplicationProcessing              // Book 3, 10.1
	ReadApplicationData                        // 10.2
	OfflineDataAuthentication                  // 10.3
	ProcessingRestrictions                     // 10.4
	CardholderVerification                     // 10.5
	TerminalRiskManagement                     // 10.6
	TerminalActionAnalysis                     // 10.7
	CardActionAnalysis                         // 10.8
	OnlineProcessing                           // 10.9
	IssuerToCardScriptProcessing               // 10.10
	Completion                                 // 10.11
)

// String returns the phase in the words of the Books.
func (p Phase) String() string {
	names := [...]string{
		"application selection", "initiate application processing", "read application data",
		"offline data authentication", "processing restrictions", "cardholder verification",
		"terminal risk management", "terminal action analysis", "card action analysis",
		"online processing", "issuer-to-card script processing", "completion",
	}
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}
