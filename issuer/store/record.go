package store

import (
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Status is whether a card may be used, and why not.
type Status uint8

// The statuses. A new card is NotActivated.
const (
	NotActivated Status = iota // delivered: its holder has to activate it first
	Active
	Blocked // by holder, primary member or issuer; can be active again
	Lost
	Stolen
	Expired
	Closed // replaced or closed, for ever
)

var statusNames = [...]string{"not activated", "active", "blocked", "lost", "stolen", "expired", "closed"}

// String returns the status as words.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "no status"
}

// Record is all that the issuer knows of a card. Everything that must not be read
// in a file is sealed before it gets here.
type Record struct {
	// Revision counts the commits that changed this record, from 1; those of replies
	// and entries alone are not counted. The store sets it.
	Revision uint64

	Holder  member.ID // the cardholder
	Primary member.ID // who answers for the account; the holder himself on a primary card
	Status  Status

	PAN            []byte // sealed by issuer/hsm
	LastFour       string // digits of the PAN that may be shown
	SequenceNumber account.SequenceNumber
	Expiry         account.Expiry
	Effective      emv.Date // the first day of use; zero where the card has none

	Chip  Chip
	PIN   pinlife.State
	PINs  []hsm.SealedPIN // one for each generation of PIN.Live that is known
	Sent  []SentScript    // one for each item of PIN.Sent
	Tries uint8           // wrong PINs in DE52 since the last right one
	// ChangesFull is when the holder may change the PIN as often in a row as ever,
	// member.Pace.
	ChangesFull time.Time // to the millisecond, UTC

	PINDevices []PINDevice // that enciphered PINs, at most PINDevicesMax; the last used one last

	CIDTries uint8    // wrong card identification digits since the last right ones
	Numbers  []SeenUN // unpredictable numbers of this card's last requests, at most NumbersMax; the newest last

	Limits   Limits
	Spent    Spent
	Payments []Payment // newest last, at most PaymentsMax and MarkersMax
}

// Supplementary reports whether the card's holder is another than the member who
// answers for the account.
func (r *Record) Supplementary() bool { return r.Holder != r.Primary }

// Chip says how the card was personalised: rows of tables and the set of issuer
// master keys.
type Chip struct {
	Cryptogram string            // row of emv/cryptogram, such as "visa-cvn18"
	Script     string            // row of emv/script
	KeySet     uint8             // number of the issuer's set of master keys in the hsm
	Option     cryptogram.Option // derivation of the card's keys; OptionA or OptionB
	Foreign    bool              // somebody else personalised the card: pinlife.Request.Foreign
}

// SentScript is the script of an item of pinlife.State.Sent, found by its ATC.
type SentScript struct {
	ATC        uint16  // of the request that it answered
	ARQC       [8]byte // of that request
	Identifier [4]byte // tag 9F18
	Sealed     []byte  // the template, sealed
}

// PINDevice is a DUKPT device with the highest transaction counter that it used for
// this card. No key up to it is taken again.
type PINDevice struct {
	Initial []byte // initial KSN of 10 bytes for TDES, initial key ID of 8 for AES
	Counter uint32
}

// PINDevicesMax is how many devices a record keeps. Where there are more, the one
// that was not used for longest is forgotten, and its keys could be used again.
const PINDevicesMax = 32

// SeenUN is an unpredictable number (9F37) that came with a right cryptogram.
type SeenUN [4]byte

// NumbersMax is how many unpredictable numbers a record keeps. A number that comes
// again after as many others is taken for new.
const NumbersMax = 16

// How many payments a record keeps for reversals and advices, and how many markers
// beside them.
const (
	PaymentsMax = 32
	MarkersMax  = 8
)

// Limits bound what a card may spend, in the smallest unit of the currency. Zero
// bounds are no bounds.
type Limits struct {
	Currency       uint16 // ISO 4217, numeric
	PerTransaction int64
	PerDay         int64
	NoPIN          int64 // the most that a card present pays without a PIN

	CashPerDay  int64  // cash and cashback together; they count for PerDay too
	Cashback    int64  // the most of it with one purchase
	CountPerDay uint32 // payments, cash among them; refunds do not count
}

// Spent is what a card has spent on one day.
type Spent struct {
	Day    uint32 // YYYYMMDD, 0 before the first payment
	Amount int64
	Cash   int64  // of Amount
	Count  uint32 // of payments that were not reversed as a whole
}

// Payment is a payment that was approved, kept so that it is posted once and
// reversed once.
type Payment struct {
	Key      Key // of the request
	ATC      uint16
	Currency uint16
	Amount   int64
	At       time.Time // to the second, UTC
	Reversed bool
	Cash     int64 // of Amount
	Refund   bool  // paid to the card: spends nothing
}

// Marker reports whether this is no payment, but notes the reversal of one that was
// not known. It has neither amount nor currency, which every payment has.
func (p Payment) Marker() bool { return p.Reversed && p.Amount == 0 && p.Currency == 0 }
