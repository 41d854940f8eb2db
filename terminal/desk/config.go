package desk

import (
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
)

// Config is what a desk works with.
type Config struct {
	// Terminal is what each transaction is made with. Reader, Cardholder and Guard come
	// with the customer, and receipts go to Journal.
	Terminal terminal.Config
	// Customer has a customer come for one payment.
	Customer func() (*Customer, error)
	// Journal keeps payments and receipts. Recover has seen it.
	Journal *journal.Journal
	// CardWait is how long a card is awaited; 0 is CardWaitDefault.
	CardWait time.Duration
}

// CardWaitDefault is how long a card is awaited.
const CardWaitDefault = 3 * time.Minute

// Customer is who comes to the desk for one payment.
type Customer struct {
	Reader hardware.Reader
	Person kernel.Cardholder // takes the card out when the terminal says so
	Guard  guard.Policy
	Close  func() error // the reader, when all is over; nil where nothing is to be closed
}

// The errors of a desk.
var (
	ErrNoPayment = errors.New("there is no such payment")
	ErrKeyReused = errors.New("the key belongs to another request")
	ErrTooLate   = errors.New("the card has been asked for its cryptogram: the payment goes on to its end")
	ErrEnded     = errors.New("the payment has ended")
	ErrClosed    = errors.New("the terminal is being stopped")
)

// BusyError says that a payment runs.
type BusyError struct{ ID uint64 }

// Error names it.
func (e *BusyError) Error() string { return fmt.Sprintf("payment %d runs", e.ID) }
