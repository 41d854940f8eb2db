package tables

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// recordVersion is the schema of a card's row. It is the first byte of each, so
// that rows can be brought up to a new schema one by one: those from recordOldest
// on are read, and written anew with the next commit. Version 2 has members'
// replies in a ring of their own, and DUKPT devices; version 3 the pace of changes;
// version 4 cash, counts and refunds, tries of card identification digits, and
// unpredictable numbers; version 5 the first day of use.
const (
	recordVersion = 5
	recordOldest  = 1
)

// cardRow is a row of Cards: the record and what the store itself keeps beside it.
type cardRow struct {
	replies   [store.Rings]uint64 // stored so far; the next one's slot follows from it
	lastEntry uint64              // number of the account's newest entry, 0 for none
	record    store.Record
}

// recordBytes is the capacity that most rows fit in.
const recordBytes = 768

// encode returns the bytes of a checked row.
func (r *cardRow) encode() []byte { return encode(recordBytes, r.walk) }

// decodeCard reads a row and checks its record.
func decodeCard(row []byte) (r cardRow, err error) {
	if len(row) > 0 && (row[0] < recordOldest || row[0] > recordVersion) {
		return cardRow{}, fmt.Errorf("read card: version %d, this till reads %d to %d: %w", row[0], recordOldest, recordVersion, store.ErrSchema)
	}
	if err := decode(row, r.walk); err != nil {
		return cardRow{}, fmt.Errorf("read card: %w", err)
	}
	if err := r.record.Validate(); err != nil {
		return cardRow{}, fmt.Errorf("read card: %w", err)
	}
	return r, nil
}

// walk is the row, field by field.
func (r *cardRow) walk(c *coder) {
	version := uint8(recordVersion)
	number(c, &version)
	number(c, &r.replies[store.TerminalReplies])
	number(c, &r.lastEntry)
	x := &r.record
	number(c, &x.Revision)
	number(c, &x.Holder)
	number(c, &x.Primary)
	number(c, &x.Status)
	c.bytes(&x.PAN)
	c.text(&x.LastFour)
	number(c, &x.SequenceNumber)
	walkExpiry(c, x)
	walkChip(c, &x.Chip)
	walkPIN(c, &x.PIN)
	list(c, &x.PINs, walkSealedPIN)
	list(c, &x.Sent, walkSentScript)
	number(c, &x.Tries)
	walkMoney(c, x)
	if version == 1 {
		return
	}
	number(c, &r.replies[store.MemberReplies])
	list(c, &x.PINDevices, walkPINDevice)
	if version == 2 {
		return
	}
	c.millisecond(&x.ChangesFull)
	if version == 3 {
		return
	}
	walkVersion4(c, x)
	if version == 4 {
		return
	}
	walkEffective(c, x)
}

func walkVersion4(c *coder, x *store.Record) {
	number(c, &x.CIDTries)
	list(c, &x.Numbers, func(c *coder, n *store.SeenUN) { c.fixed(n[:]) })
	c.signed(&x.Limits.CashPerDay)
	c.signed(&x.Limits.Cashback)
	number(c, &x.Limits.CountPerDay)
	c.signed(&x.Spent.Cash)
	number(c, &x.Spent.Count)
	for i := range x.Payments { // of the list before
		c.signed(&x.Payments[i].Cash)
		c.boolean(&x.Payments[i].Refund)
	}
}

func walkExpiry(c *coder, x *store.Record) {
	year, month := uint16(x.Expiry.Year), uint8(x.Expiry.Month)
	number(c, &year)
	number(c, &month)
	if c.reading {
		x.Expiry.Year, x.Expiry.Month = int(year), time.Month(month)
	}
}

func walkEffective(c *coder, x *store.Record) {
	year, month, day := uint16(x.Effective.Year), uint8(x.Effective.Month), uint8(x.Effective.Day)
	number(c, &year)
	number(c, &month)
	number(c, &day)
	if c.reading {
		x.Effective = emv.Date{Year: int(year), Month: time.Month(month), Day: int(day)}
	}
}

func walkChip(c *coder, x *store.Chip) {
	c.text(&x.Cryptogram)
	c.text(&x.Script)
	number(c, &x.KeySet)
	number(c, &x.Option)
	c.boolean(&x.Foreign)
}

func walkPIN(c *coder, x *pinlife.State) {
	number(c, &x.Proven)
	number(c, &x.Pending)
	number(c, &x.Newest)
	c.boolean(&x.Unblock)
	number(c, &x.SentCount)
	if x.SentCount > pinlife.SentMax {
		c.fail("too many sent items")
		x.SentCount = 0
	}
	for i := range x.Sent[:x.SentCount] {
		walkItem(c, &x.Sent[i])
	}
	c.boolean(&x.Open)
	c.boolean(&x.Claimed)
	number(c, &x.HighestATC)
	number(c, &x.Attempts)
	c.boolean(&x.Held)
	c.boolean(&x.Unsure)
	c.boolean(&x.Closed)
}

func walkItem(c *coder, x *pinlife.Item) {
	number(c, &x.Generation)
	number(c, &x.ATC)
	number(c, &x.Base)
	c.boolean(&x.Unblock)
}

func walkSealedPIN(c *coder, x *hsm.SealedPIN) {
	number(c, &x.Generation)
	c.bytes(&x.Sealed)
}

func walkSentScript(c *coder, x *store.SentScript) {
	number(c, &x.ATC)
	c.fixed(x.ARQC[:])
	c.fixed(x.Identifier[:])
	c.bytes(&x.Sealed)
}

func walkPINDevice(c *coder, x *store.PINDevice) {
	c.bytes(&x.Initial)
	number(c, &x.Counter)
}

func walkMoney(c *coder, x *store.Record) {
	number(c, &x.Limits.Currency)
	c.signed(&x.Limits.PerTransaction)
	c.signed(&x.Limits.PerDay)
	c.signed(&x.Limits.NoPIN)
	number(c, &x.Spent.Day)
	c.signed(&x.Spent.Amount)
	list(c, &x.Payments, walkPayment)
}

func walkPayment(c *coder, x *store.Payment) {
	c.fixed(x.Key[:])
	number(c, &x.ATC)
	number(c, &x.Currency)
	c.signed(&x.Amount)
	c.second(&x.At)
	c.boolean(&x.Reversed)
}
