package message

import "fmt"

// ProcessingCode is DE 3, six digits: the type of the transaction, the type of
// the account it goes from and of the one it goes to, two each.
type ProcessingCode uint32

// Transaction types, with default accounts. ISO 8583:1993 (from memory).
const (
	Purchase             ProcessingCode = 0
	Cash                 ProcessingCode = 10000
	PurchaseWithCashback ProcessingCode = 90000
	Refund               ProcessingCode = 200000
	BalanceInquiry       ProcessingCode = 310000
)

// Type returns the type of the transaction without the accounts: the code with
// zeros in their place.
func (p ProcessingCode) Type() ProcessingCode { return p / 10000 * 10000 }

// String returns the six digits.
func (p ProcessingCode) String() string { return fmt.Sprintf("%06d", uint32(p)) }

// Text says what type of transaction it is, "" where that is not known.
func (p ProcessingCode) Text() string {
	return map[ProcessingCode]string{
		Purchase:             "goods and services",
		Cash:                 "cash",
		PurchaseWithCashback: "goods and services with cash back",
		Refund:               "return of goods",
		BalanceInquiry:       "balance inquiry",
	}[p.Type()]
}

// FunctionCode is DE 24 of ISO 8583:1993, three digits: what a message is for
// within its kind.
type FunctionCode uint16

// Function codes.
const (
	OriginalAuthorization FunctionCode = 100
	FullReversal          FunctionCode = 400
	PartialReversal       FunctionCode = 401
	SignOn                FunctionCode = 801
	SignOff               FunctionCode = 802
	KeyChange             FunctionCode = 811
	EchoTest              FunctionCode = 831
)

// String returns the three digits.
func (f FunctionCode) String() string { return fmt.Sprintf("%03d", uint16(f)) }

// Text says what the code means, "" where that is not known.
func (f FunctionCode) Text() string {
	return map[FunctionCode]string{
		OriginalAuthorization: "original authorization",
		FullReversal:          "full reversal",
		PartialReversal:       "partial reversal",
		SignOn:                "sign-on",
		SignOff:               "sign-off",
		KeyChange:             "key change",
		EchoTest:              "echo test",
	}[f]
}

// ReasonCode is DE 25 of ISO 8583:1993, four digits: why a message is sent.
type ReasonCode uint16

// Reasons for a reversal.
const (
	CustomerCancellation      ReasonCode = 4000
	SuspectedMalfunction      ReasonCode = 4002
	OriginalAmountIncorrect   ReasonCode = 4005
	ResponseTooLate           ReasonCode = 4006
	TerminalCannotComplete    ReasonCode = 4007
	CannotDeliverToTerminal   ReasonCode = 4013
	InvalidResponse           ReasonCode = 4020
	TimeoutWaitingForResponse ReasonCode = 4021
)

// String returns the four digits.
func (r ReasonCode) String() string { return fmt.Sprintf("%04d", uint16(r)) }

// Text says what the code means, "" where that is not known.
func (r ReasonCode) Text() string {
	return map[ReasonCode]string{
		CustomerCancellation:      "customer cancellation",
		SuspectedMalfunction:      "suspected malfunction",
		OriginalAmountIncorrect:   "original amount incorrect",
		ResponseTooLate:           "response received too late",
		TerminalCannotComplete:    "card acceptor device unable to complete transaction",
		CannotDeliverToTerminal:   "unable to deliver message to point of service",
		InvalidResponse:           "invalid response, no action taken",
		TimeoutWaitingForResponse: "timeout waiting for response",
	}[r]
}
