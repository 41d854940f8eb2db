package kernel

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// Cardholder is the person at the terminal, as the kernel sees one. An error
// from any of its methods ends the transaction.
type Cardholder interface {
	// SelectApplication has one of the candidates chosen, which come in the order
	// of their priority, and returns its index. NoApplication refuses all. It is
	// also asked about a single candidate that needs confirmation. EMV Book 1,
	// 12.4.
	SelectApplication(ctx context.Context, candidates []Candidate) (int, error)

	// PIN has a PIN entered once. EMV Book 3, 10.5.1 and 10.5.2.
	PIN(ctx context.Context, p PINPrompt) (PINEntry, error)

	// Show shows a message and does not wait for an answer. EMV Book 4, 11.2.
	Show(ctx context.Context, m Message)
}

// NoApplication is the choice of none of the candidates.
const NoApplication = -1

// Candidate is an application that card and terminal have in common. EMV Book
// 1, 12.3.
type Candidate struct {
	Name          []byte // ADF name (tag 4F) or DF name (tag 84)
	Label         string // tag 50, as the card has it
	PreferredName string // tag 9F12, empty where its code table is not one the terminal displays
	Priority      emv.ApplicationPriorityIndicator
}

// PINPrompt says which PIN is asked for.
type PINPrompt struct {
	Application Candidate // the selected one
	Kind        emv.TransactionKind
	Method      emv.CVM // CVMPlaintextPIN, CVMEncipheredPIN or CVMOnlinePIN
	Amount      uint64  // authorised, in the smallest unit of Currency
	Currency    uint16  // ISO 4217 numeric
	Exponent    uint8
	TriesLeft   int  // of an offline PIN, or TriesUnknown
	Retry       bool // the PIN entered before was wrong
	Bypass      bool // the entry may be bypassed
}

// TriesUnknown says that the card does not tell how many tries are left.
const TriesUnknown = -1

// LastTry reports whether a wrong PIN now would be the last.
func (p PINPrompt) LastTry() bool { return p.TriesLeft == 1 }

// PINEntry is what came of asking for a PIN: one of Entered, Bypassed,
// PadFailed and VerifiedByReader. The zero PINEntry is PadFailed.
type PINEntry struct {
	secret.Opaque
	kind pinEntryKind
	pin  pin.PIN
	sw   apdu.SW
}

type pinEntryKind uint8

const (
	pinPadFailed pinEntryKind = iota
	pinEntered
	pinBypassed
	pinVerifiedByReader
)

// Entered is a PIN that was keyed in.
func Entered(p pin.PIN) PINEntry { return PINEntry{kind: pinEntered, pin: p} }

// Bypassed is an entry that the merchant or the cardholder skipped.
func Bypassed() PINEntry { return PINEntry{kind: pinBypassed} }

// PadFailed is a PIN pad that does not work or is not there.
func PadFailed() PINEntry { return PINEntry{kind: pinPadFailed} }

// VerifiedByReader is a plaintext PIN that the reader's own PIN pad took and sent
// to the card in a VERIFY command; sw is what the card answered.
func VerifiedByReader(sw apdu.SW) PINEntry { return PINEntry{kind: pinVerifiedByReader, sw: sw} }

// Message is one of the standard messages. EMV Book 4, 11.2.
type Message uint8

// The messages that the kernel shows, with the identifiers of EMV Book 4, 11.2
// (from memory). MessageLastPINTry is not among them; EMV Book 4, 6.3.4, only
// asks for something of the kind.
const (
	MessageApproved     Message = 0x03
	MessageCardError    Message = 0x06
	MessageDeclined     Message = 0x07
	MessageIncorrectPIN Message = 0x0A
	MessageNotAccepted  Message = 0x0C
	MessagePINOK        Message = 0x0D
	MessagePleaseWait   Message = 0x0E
	MessageRemoveCard   Message = 0x10
	MessageUseMagStripe Message = 0x12
	MessageTryAgain     Message = 0x13
	MessageLastPINTry   Message = 0xFF
)

// Online is the way to the issuer.
type Online interface {
	// Authorize sends an authorisation request and returns the answer. No answer
	// is an UnableToGoOnlineError; any other error counts as one after the
	// request was sent.
	Authorize(ctx context.Context, r *OnlineRequest) (*OnlineResponse, error)
}

// UnableToGoOnlineError says that no answer came. Sent tells whether the request
// may have reached the host, so that a reversal is due.
type UnableToGoOnlineError struct {
	Sent  bool
	Cause error // may be nil
}

// Error says what happened to the request.
func (e *UnableToGoOnlineError) Error() string {
	text := "go online: request not sent"
	if e.Sent {
		text = "go online: no answer to the request"
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *UnableToGoOnlineError) Unwrap() error { return e.Cause }

// ErrNoOnline is the cause where a terminal has no way to the issuer.
var ErrNoOnline = errors.New("terminal has no link to the issuer")

// EntryMode is how the card's data came to the terminal.
type EntryMode uint8

// The modes in which a kernel reads cards.
const (
	EntryChipContact EntryMode = iota
	EntryChipContactless
)

// OnlineRequest is what an authorisation request needs to know.
type OnlineRequest struct {
	PAN               account.PAN
	SequenceNumber    account.SequenceNumber
	HasSequenceNumber bool           // the card gave tag 5F34
	Track2            account.Track2 // zero where the card gave none
	Expiry            emv.Date       // tag 5F24

	Transaction Transaction
	EntryMode   EntryMode
	CVMResults  emv.CVMResults
	// PIN is the PIN for the issuer to verify; zero unless cardholder
	// verification ended with an online PIN.
	PIN pin.PIN

	// ChipData are the data objects of field 55 in ChipDataTags order, in TLV.
	ChipData []byte
	// Data are all data objects, for messages that want others.
	Data *DataObjects
}

// OnlineResponse is the issuer's answer.
type OnlineResponse struct {
	ARC                      emv.ARC // tag 8A; 0 where the answer had none, which does not approve
	IssuerAuthenticationData []byte  // value of tag 91; nil where there was none
	// Booked says that the host has booked an amount. Where the transaction is not
	// approved for all that, it is to be reversed.
	Booked bool
	// Scripts are the issuer script templates (tags 71 and 72), each with its tag
	// and length, in the order of the message.
	Scripts [][]byte
	// Balances are what the issuer says of the account, as a rule in answer to a
	// balance inquiry.
	Balances []Balance
}
