package emv

import "fmt"

// ACType is the type of an application cryptogram. The values 0 to 3 are those
// of bits 8-7 of the CID. EMV Book 3, 6.5.5.4.
type ACType uint8

// The types of cryptogram. ACTypeNotRequested appears in card verification results
// alone, for a second GENERATE AC that has not been sent.
const (
	ACTypeAAC ACType = iota
	ACTypeTC
	ACTypeARQC
	ACTypeRFU
	ACTypeNotRequested
)

// String returns "AAC", "TC", "ARQC", "RFU" or "not-requested".
func (t ACType) String() string {
	names := [...]string{"AAC", "TC", "ARQC", "RFU", "not-requested"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("ACType(%d)", uint8(t))
}

// CID is the cryptogram information data (tag 9F27): which cryptogram the card
// gives, and whether it asks for an advice. EMV Book 3, 6.5.5.4.
type CID byte

// cidAdvice is bit 4 of the CID.
const cidAdvice CID = 0x08

// Type returns the type of the cryptogram.
func (c CID) Type() ACType { return ACType(c >> 6) }

// AdviceRequired reports whether the card asks for an advice message.
func (c CID) AdviceRequired() bool { return c&cidAdvice != 0 }

// Reason returns why the card answered as it did.
func (c CID) Reason() CIDReason { return CIDReason(c & 0x07) }

// String returns the byte as hexadecimal digits.
func (c CID) String() string { return fmt.Sprintf("%02X", byte(c)) }

// NewCID returns the CID of a cryptogram, of type AAC, TC or ARQC.
func NewCID(t ACType, adviceRequired bool, reason CIDReason) CID {
	c := CID(t&0x03)<<6 | CID(reason&0x07)
	if adviceRequired {
		c |= cidAdvice
	}
	return c
}

// CIDReason is the reason or advice code in bits 3-1 of the CID, 0 to 7.
type CIDReason uint8

// The reasons of EMV Book 3, 6.5.5.4; 4 to 7 are RFU.
const (
	ReasonNone CIDReason = iota
	ReasonServiceNotAllowed
	ReasonPINTryLimitExceeded
	ReasonIssuerAuthenticationFailed
)

// String returns the reason in the words of the Books.
func (r CIDReason) String() string {
	texts := [...]string{"No information given", "Service not allowed", "PIN Try Limit exceeded", "Issuer authentication failed"}
	if int(r) < len(texts) {
		return texts[r]
	}
	return "RFU"
}
