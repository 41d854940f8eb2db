package message

import "github.com/f510b0cf/till/emv/secret"

// Message is one of AuthorizationRequest, AuthorizationResponse, Advice,
// AdviceResponse, Reversal, ReversalResponse, NetworkManagement and
// NetworkManagementResponse, by pointer.
type Message interface {
	// Kind returns what the message is for.
	Kind() Kind
	// Head returns what every message has.
	Head() *Header
	// code writes or reads the elements.
	code(c *coder)
}

// Header is what every message has: the elements by which a response finds its
// request and a repeat what it repeats, and the authentication of the message.
// An element that is empty is absent.
type Header struct {
	// Repeat says that the message was sent before. Authorization requests and
	// advices can be repeats.
	Repeat bool
	// Variant says which of the message types is meant that the dialect has for this
	// kind; 0 is the first, and all that most have. In iso87 an authorization request
	// is 0100, and 0200 as variant 1.
	Variant uint8
	// Transmission is the time of sending (DE 7).
	Transmission TransmissionDateTime
	// STAN is the systems trace audit number, at most six digits (DE 11).
	STAN uint32
	// Local is the time of the transaction at the terminal (DE 12). Dialects of 1987
	// do not tell its year, which is 0 then.
	Local LocalDateTime
	// AcquiringInstitution and ForwardingInstitution are identification codes of
	// up to 11 digits (DE 32, 33).
	AcquiringInstitution, ForwardingInstitution string
	// RetrievalReferenceNumber has up to 12 letters, digits and spaces (DE 37).
	RetrievalReferenceNumber string
	// Terminal is the card acceptor terminal identification, up to 8 characters
	// (DE 41).
	Terminal string
	// CardAcceptor is the card acceptor identification code, up to 15 characters
	// (DE 42).
	CardAcceptor string
	// SecurityControl is the key serial number of DUKPT for the PIN block and the
	// message authentication code: 10 bytes for TDES, 12 for AES (DE 53; in iso87 DE
	// 63).
	SecurityControl secret.Value
	// MAC is the message authentication code, 8 bytes (DE 64, or 128 where elements
	// stand behind that). They are the last of the packed message, which it covers but
	// for themselves. Dialect.Authenticate makes it, CheckMAC checks it.
	MAC []byte
}

// Head returns h.
func (h *Header) Head() *Header { return h }

func (h *Header) code(c *coder) {
	transmissionDateTime(c, 7, &h.Transmission)
	number(c, 11, &h.STAN)
	text(c, 32, &h.AcquiringInstitution)
	text(c, 33, &h.ForwardingInstitution)
	text(c, 37, &h.RetrievalReferenceNumber)
	text(c, 41, &h.Terminal)
	text(c, 42, &h.CardAcceptor)
	c.edition().header(c, h)
}

// Reply returns the header of the response to a message: what says which one it
// answers, without key serial number, MAC and repeat.
func (h *Header) Reply() Header {
	reply := *h
	reply.Repeat, reply.SecurityControl, reply.MAC = false, secret.Value{}, nil
	return reply
}
