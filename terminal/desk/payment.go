package desk

import (
	"time"

	"github.com/f510b0cf/till/terminal"
)

// State is how far a payment is.
type State string

// The states, in their order. A payment may skip some of them.
const (
	Waiting    State = "waiting"     // for a card
	CardIn     State = "card-in"     // the card is read, and a PIN entered
	Online     State = "online"      // the issuer is asked
	RemoveCard State = "remove-card" // the card is to be taken out
	Done       State = "done"        // the terminal is free for the next one
)

// Result is what became of a payment.
type Result string

// The results. The empty Result is that of a payment that runs.
const (
	Approved     Result = "approved"      // it came to what was asked for
	Declined     Result = "declined"      // by card, terminal or issuer
	NotCompleted Result = "not-completed" // no card came, it was pulled, or could not be used
	Cancelled    Result = "cancelled"     // before anything could be booked
	Interrupted  Result = "interrupted"   // the terminal died before the end; nothing stands
)

// Reversal is what the terminal owes the issuer for a payment that does not stand.
type Reversal string

// The reversals.
const (
	NoReversal   Reversal = "none"
	Owed         Reversal = "owed"         // kept, and sent until the issuer has acknowledged it
	Acknowledged Reversal = "acknowledged" // by the issuer
)

// Payment is a payment, refund or other transaction, as it is at a moment.
type Payment struct {
	ID       uint64
	Request  terminal.Request
	Created  time.Time
	State    State
	Result   Result
	Outcome  string // of the terminal, in words; empty where there was no transaction
	Reason   string // in a few words
	Cause    string // the error behind that
	Card     string // number, masked
	Receipt  uint64 // sequence in the journal; 0 where none was kept
	Reversal Reversal
	Next     []string // what the cashier does now
}

// record is a payment as the journal keeps it.
type record struct {
	Key     string           `json:"key"`
	Request terminal.Request `json:"request"`
	Created time.Time        `json:"created"`

	Open bool `json:"open,omitempty"` // its end is not recorded
	// Item is the sequence of the reversal that is written with the request to the
	// issuer; 0 where none was to be sent.
	Item        uint64 `json:"item,omitempty"`
	ReversalDue bool   `json:"reversal_due,omitempty"`

	Result  Result   `json:"result,omitempty"`
	Outcome string   `json:"outcome,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Cause   string   `json:"cause,omitempty"`
	Card    string   `json:"card,omitempty"`
	Receipt uint64   `json:"receipt,omitempty"`
	Next    []string `json:"next,omitempty"`
}

// next says what the cashier does, where no receipt does.
func (r *record) next() []string {
	switch {
	case r.Result == "" || len(r.Next) > 0:
		return r.Next
	case r.Result == Approved:
		return []string{"It stands; no copy of its receipt was kept."}
	case r.ReversalDue:
		return []string{"Hand over nothing: the terminal reverses it, until the issuer has acknowledged that.", "Start a new payment."}
	}
	return []string{"Nothing was booked: start a new payment."}
}

// payment is what is known of a payment in memory.
type payment struct {
	record
	state  State
	events []Event
}
