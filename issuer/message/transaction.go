package message

import (
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// Transaction is what an authorization request, its advice and its reversal say
// of the transaction. An element that is zero is absent, unless said otherwise. It
// prints nothing, nor does a message that embeds it.
type Transaction struct {
	secret.Opaque
	PAN               account.PAN            // DE 2
	ProcessingCode    ProcessingCode         // DE 3; zero is a purchase
	Amount            uint64                 // DE 4, in the smallest unit of Currency; zero is an amount
	Expiry            account.Expiry         // DE 14
	MerchantType      uint16                 // DE 18, four digits
	AcquirerCountry   uint16                 // DE 19, ISO 3166 numeric
	POSDataCode       POSDataCode            // DE 22
	SequenceNumber    account.SequenceNumber // DE 23
	HasSequenceNumber bool                   // DE 23 is there
	FunctionCode      FunctionCode           // DE 24
	ReasonCode        ReasonCode             // DE 25
	BusinessCode      uint16                 // DE 26, card acceptor business code, four digits
	NameAndLocation   string                 // DE 43, of the card acceptor, up to 99 characters
	Currency          uint16                 // DE 49, ISO 4217 numeric
	// ICCData are the data objects of the chip in TLV, up to 255 bytes, in order
	// and with repeats (DE 55), whatever form the dialect has for them on the line.
	// They may hold the account number.
	ICCData secret.Value
}

func (t *Transaction) code(c *coder) {
	pan(c, 2, &t.PAN)
	number(c, 3, &t.ProcessingCode)
	number(c, 4, &t.Amount)
	expiry(c, 14, &t.Expiry)
	numericCode(c, 19, &t.AcquirerCountry)
	sequenceNumber(c, 23, &t.SequenceNumber, &t.HasSequenceNumber)
	numericCode(c, 49, &t.Currency)
	iccData(c, 55, &t.ICCData)
	c.edition().transaction(c, t)
}
