package link

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// Order is a purchase whose card lies elsewhere: its holder gives the account over
// the network.
type Order struct {
	secret.Opaque
	PAN               account.PAN
	SequenceNumber    account.SequenceNumber
	HasSequenceNumber bool
	Expiry            account.Expiry
	Amount            uint64 // in the smallest unit of the terminal's currency
	CardNotPresent    message.CardNotPresent

	// PIN is sent where there is one. An issuer refuses such an order: a PIN has no
	// business there. It is for tests of issuers.
	PIN pin.PIN
}

// OrderAnswer is what the issuer said of an order.
type OrderAnswer struct {
	ActionCode   message.ActionCode
	ApprovalCode string // empty where there was none
	// Reference is the retrieval reference number that request and reversal have.
	Reference string
}

// Approved reports whether the order stands: approved in full.
func (a *OrderAnswer) Approved() bool { return a.ActionCode.Approves() && !a.ReversalDue() }

// ReversalDue reports whether the issuer approved a part of the amount. An order
// stands as a whole or not at all, so that this one is reversed.
func (a *OrderAnswer) ReversalDue() bool { return a.ActionCode == message.ActionApprovedPartially }

// Order sends an authorisation request (1100) without PIN and chip data, and waits
// for its answer, as Authorize does: what is due goes out first, and the reversal
// of this one is durable before its first byte. When Order returns an answer the
// matter is settled, and there is nothing to tell to Completed. An error is a
// kernel.UnableToGoOnlineError where the host did not answer; after any error the
// order does not stand: where it was sent it will be reversed.
func (l *Link) Order(ctx context.Context, o Order) (*OrderAnswer, error) {
	l.serving.Lock()
	defer l.serving.Unlock()
	answer, err := l.ask(ctx, func(tx *journal.Tx) (*message.AuthorizationRequest, error) { return l.order(tx, o) })
	if err != nil {
		l.current = nil
		return nil, err
	}
	current := l.current
	l.current, current.answer = nil, answer
	_ = l.event(queue.Answered{}) // as in Authorize
	result := &OrderAnswer{
		ActionCode: answer.ActionCode, ApprovalCode: answer.ApprovalCode, Reference: current.request.RetrievalReferenceNumber,
	}
	err = l.record(func(*journal.Tx) (queue.Event, error) {
		l.answered(current, result.ReversalDue())
		return queue.Completed{Reversal: result.ReversalDue()}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("record end of order: %w", err)
	}
	return result, nil
}

// order builds the request.
func (l *Link) order(tx *journal.Tx, o Order) (*message.AuthorizationRequest, error) {
	m, err := l.blank(tx, l.config.Clock.Now())
	if err != nil {
		return nil, err
	}
	m.PAN, m.Expiry, m.Amount = o.PAN, o.Expiry, o.Amount
	m.SequenceNumber, m.HasSequenceNumber = o.SequenceNumber, o.HasSequenceNumber
	m.CardNotPresent = o.CardNotPresent
	m.POSDataCode = orderPOSDataCode(!o.PIN.IsZero())
	return m, l.addPIN(tx, m, o.PIN)
}

// orderPOSDataCode says that neither card nor holder are there: an electronic
// order, entered without a terminal. ISO 8583:1993, DE 22.
func orderPOSDataCode(withPIN bool) message.POSDataCode {
	c := message.POSDataCode{
		CardDataInputCapability:  '1',
		CardholderAuthCapability: '0',
		CardCaptureCapability:    '0',
		OperatingEnvironment:     '0',
		CardholderPresent:        '5',
		CardPresent:              '0',
		CardDataInputMode:        '1',
		CardholderAuthMethod:     '0',
		CardholderAuthEntity:     '0',
		CardDataOutputCapability: '1',
		TerminalOutputCapability: '4',
		PINCaptureCapability:     '0',
	}
	if withPIN {
		c.CardholderAuthCapability, c.PINCaptureCapability = '1', '4'
		c.CardholderAuthMethod, c.CardholderAuthEntity = '1', '3'
	}
	return c
}
