package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// agreement looks at whether what the card agreed to is what is asked for.
func (d *decision) agreement() reason {
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
	other := bcd(in.AmountOther[:])
	cashback := t.ProcessingCode.Type() == message.PurchaseWithCashback
	return bcd(in.AmountAuthorised[:]) == t.Amount && bcd(in.TransactionCurrencyCode[:]) == uint64(t.Currency) &&
		bcd(in.TransactionType[:]) == uint64(t.ProcessingCode.Type()/typeUnit) &&
		(other == 0 || cashback && other <= t.Amount)
}

// typeUnit is what the two digits of the type count in a processing code.
const typeUnit = 10000

// bcd returns the number that packed decimal digits are; no amount has other
// nibbles, and none is so high that what they give is one.
func bcd(b []byte) uint64 {
	v, err := emv.DecodeN(b)
	if err != nil {
		return ^uint64(0)
	}
	return v
}
