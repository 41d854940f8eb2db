package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// Processing codes for the PIN at a terminal: without an amount, for the script
// that the answer carries. Networks choose these codes.
const (
	pinUnblock message.ProcessingCode = 910000
	pinChange  message.ProcessingCode = 920000
)

// agreement looks at whether we offer the type of transaction, and whether the
// amount that the card agreed to is the one that is asked for.
func (d *decision) agreement() reason {
	switch d.request.ProcessingCode.Type() {
	case message.Purchase, message.Cash, message.PurchaseWithCashback, pinUnblock, pinChange:
	default:
		return notSupported
	}
	if d.arqcValid && !d.agrees() {
		return chipDataDiffer
	}
	return approved
}

// agrees compares what the cryptogram covers, and the PAN sequence number, with
// the message.
func (d *decision) agrees() bool {
	in, t := d.input(), &d.request.Transaction
	if n := d.chip.sequenceNumber; n != nil && (len(n) != 1 || n[0] != t.SequenceNumber.BCD()) {
		return false
	}
	return bcd(in.AmountAuthorised[:]) == t.Amount && bcd(in.TransactionCurrencyCode[:]) == uint64(t.Currency)
}

// bcd returns the number that packed decimal digits are; no amount has other
// nibbles, and none is so high that what they give is one.
func bcd(b []byte) uint64 {
	v, err := emv.DecodeN(b)
	if err != nil {
		return ^uint64(0)
	}
	return v
}
