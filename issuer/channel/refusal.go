package channel

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Refusal is why a member does not get what he asked for. Nothing was changed.
type Refusal struct {
	Code Code
	// Cause is for the journal and the log: it may tell more than the member is to
	// learn.
	Cause error
	// Wait is how long the same will be refused again; 0 where that is no matter of
	// time.
	Wait time.Duration
}

// Code names a refusal for programs.
type Code string

// The refusals.
const (
	NotAllowed  Code = "not-allowed"     // no such card for the member, or its holder alone may do that
	NotByPhone  Code = "not-by-phone"    // by another door
	WeakPIN     Code = "weak-pin"        // too easily guessed
	BadPIN      Code = "bad-pin"         // not four digits
	PINExists   Code = "pin-exists"      // create: there is one, it can be changed
	NoPIN       Code = "no-pin"          // change, unblock: there is none
	CallUs      Code = "call-us"         // an operator has to look first
	SetAgain    Code = "set-again"       // unblock: the PIN is to be set again first
	NotUsable   Code = "card-not-usable" // lost, stolen, expired, closed, or blocked
	KeyRefused  Code = "key-reused"      // the request's key is too long, or belongs to another request
	SealRefused Code = "seal-refused"    // the enciphered PIN was sent before, is too old, or for another card
	NotKnown    Code = "not-known"       // register: card, expiry and identification code do not belong together, or are registered
	NameTaken   Code = "name-taken"      // register: the login name is somebody's
	TooOften    Code = "too-often"       // change: too many in a short time, Refusal.Wait
	Busy        Code = "busy"            // others change the card all the time
	NotHeld     Code = "not-held"        // retry: the PIN is not held
	NotActive   Code = "not-active"      // block: the card is not active
	NotBlocked  Code = "not-blocked"     // unblock a card: it is not blocked
	IsGone      Code = "card-gone"       // unblock a card: it was reported lost or stolen
	IsClosed    Code = "card-closed"     // operators: the card is closed
	AlreadySo   Code = "already-so"      // operators: the card has that status
	NoCard      Code = "no-card"         // operators: there is no such card
	BadDigits   Code = "bad-digits"      // operators: as many identification digits there are not
	NoCIDKey    Code = "no-cid-key"      // operators: there is no key for identification digits
	NoCaller    Code = "not-identified"  // phone: no such card, a wrong code, or too many of them
)

// texts is what a member is told, and what to do next.
var texts = map[Code]struct{ text, next string }{
	NotAllowed:  {"you have no such card, or only its cardholder may do this", "log in as the cardholder, or look at the list of your cards"},
	NotByPhone:  {"this is not offered by phone", "use the app or Online Services"},
	WeakPIN:     {"this PIN is too easily guessed", "choose another: no repeated or running digits, no date of yours, no part of the card number"},
	BadPIN:      {"a PIN has four digits", "choose four digits"},
	PINExists:   {"the card has a PIN already", "change it instead"},
	NoPIN:       {"the card has no PIN yet", "create one, or bring the one that waits to the card"},
	CallUs:      {"the PIN could not be brought to the card", "call the issuer: an operator has to look at it first"},
	SetAgain:    {"the PIN has to be set again first", "create the PIN again"},
	NotUsable:   {"the card can not be used", "call the issuer"},
	KeyRefused:  {"the key of the request belongs to another request, or is too long", "send the request with a new key"},
	SealRefused: {"the sealed PIN was sent before, or is too old", "load the page again and enter the PIN again"},
	NotKnown:    {"these details do not open a registration", "check card number, expiry and identification code; if you have registered before, log in"},
	NameTaken:   {"this login name is taken, or can not be one", "choose another, of letters, digits and .-_@+"},
	TooOften:    {"the PIN was changed too often in a short time", "try again"},
	Busy:        {"the card is in use by too many requests at once", "try again"},
	NotHeld:     {"the PIN of this card is not held", "look at the status of the card"},
	NotActive:   {"the card is not active, and only an active one can be blocked", "look at the list of cards, or close this one"},
	NotBlocked:  {"the card is not blocked", "look at the list of cards"},
	IsGone:      {"the card was reported lost or stolen and does not come back", "close it, and issue another"},
	IsClosed:    {"the card is closed, for ever", "issue another"},
	AlreadySo:   {"the card has that status already", "look at the list of cards"},
	NoCard:      {"there is no such card", "look at the list of cards"},
	BadDigits:   {"a card has 3, 4 or 5 identification digits", "ask for as many"},
	NoCIDKey:    {"the issuer has no key for identification digits", "stop it and rotate its keys: that draws one"},
	NoCaller:    {"the caller is not identified", "check the card number and the code, or ask customer care"},
}

func refuse(c Code, cause error) *Refusal { return &Refusal{Code: c, Cause: cause} }

// Error returns the code, with the cause: for the journal and the log.
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return string(r.Code) + ": " + r.Cause.Error()
	}
	return string(r.Code)
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// Text returns what the member is told.
func (r *Refusal) Text() string { return texts[r.Code].text }

// Next returns what the member can do, and when.
func (r *Refusal) Next() string {
	next := texts[r.Code].next
	if r.Wait > 0 {
		seconds := (r.Wait + time.Second - 1) / time.Second
		next += fmt.Sprintf(" in %d seconds", seconds)
	}
	return next
}

// reason is a cause that another package tells as a word.
type reason string

// Error returns the word.
func (r reason) Error() string { return string(r) }

// notAllowed turns the answer of member.May into a refusal: one text for all but
// the door, so that nobody learns which cards there are.
func notAllowed(why member.Refusal) *Refusal {
	if why == member.NotByPhone {
		return refuse(NotByPhone, nil)
	}
	return refuse(NotAllowed, reason(why.String()))
}

// refusalOf returns the refusal among effects of pinlife, nil where there is none.
func refusalOf(effects []pinlife.Effect) error {
	for _, e := range effects {
		if r, ok := e.(pinlife.Refused); ok {
			return refuse(pinlifeCodes[r.Reason], reason(r.Reason.String()))
		}
	}
	return nil
}

// pinlifeCodes are the refusals that pinlife can give to a member.
var pinlifeCodes = map[pinlife.Refusal]Code{
	pinlife.RefusedClosed:    NotUsable,
	pinlife.RefusedPINExists: PINExists,
	pinlife.RefusedNoPIN:     NoPIN,
	pinlife.RefusedStale:     Busy,
	pinlife.RefusedHeld:      CallUs,
	pinlife.RefusedUnsure:    SetAgain,
	pinlife.RefusedNotHeld:   NotHeld,
}
