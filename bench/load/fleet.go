package load

import (
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
)

// Fleet is virtual cards, and the terminals that they are held to: card n always
// the same one, since a card's transactions come one after the other. It is not
// safe for concurrent use.
type Fleet struct {
	secret.Opaque
	profile   cryptogram.Profile
	cards     []card
	terminals []terminal
}

// terminal numbers its messages.
type terminal struct {
	name string
	sent uint32
}

// TerminalsMax is how many terminals a fleet can have.
const TerminalsMax = 9999

// NewFleet returns as many cards under the keys of an issuer, a file as issuer.Init
// takes it. Their last transaction had the number atc, 0 for new cards.
func NewFleet(keys io.Reader, cards, terminals int, atc uint16) (*Fleet, error) {
	if cards < 1 || cards > CardsMax || terminals < 1 || terminals > TerminalsMax {
		return nil, fmt.Errorf("make cards: want 1 to %d of them, and 1 to %d terminals", CardsMax, TerminalsMax)
	}
	issuer, option, err := readKeys(keys)
	if err != nil {
		return nil, fmt.Errorf("make cards: %w", err)
	}
	profile, ok := cryptogram.ProfileByName(profileName)
	if !ok {
		panic("load: no row " + profileName)
	}
	f := &Fleet{profile: profile, cards: make([]card, cards), terminals: make([]terminal, terminals)}
	for i := range f.cards {
		number := pan(i)
		f.cards[i] = card{pan: number, key: cryptogram.MasterKey(issuer, number, 0, option), atc: atc}
	}
	for i := range f.terminals {
		f.terminals[i].name = fmt.Sprintf("LOAD%04d", i)
	}
	return f, nil
}

// HighestATC returns the highest number of a transaction that a card has used.
func (f *Fleet) HighestATC() (highest uint16) {
	for i := range f.cards {
		highest = max(highest, f.cards[i].atc)
	}
	return highest
}

// merchants is how many there are, of as many digits.
const merchants = 100_000_000_000

// stansMax is how many numbers DE 11 has.
const stansMax = 1_000_000

// header returns that of the terminal's next message. Where its numbers begin anew
// the local time is another; loads of different fleets have different merchants, so
// that none is taken for a repeat of another.
func (t *terminal) header(now time.Time) message.Header {
	t.sent++
	return message.Header{
		Transmission: message.TransmissionDateTimeOf(now), STAN: t.sent % stansMax,
		Local:                message.LocalDateTimeOf(now.Add(time.Duration(t.sent/stansMax) * time.Second)),
		AcquiringInstitution: "12345", Terminal: t.name, CardAcceptor: fmt.Sprintf("LOAD%011d", now.UnixMilli()%merchants),
	}
}

// Codes of DE 22.
var posCodes = [kinds]string{Insertion: "510101511344", Tap: "M10101M00344", Order: "100050100110"}

// amount is that of all payments, in cents.
const amount = 12_34

// request is a message that is not packed yet.
type request struct {
	kind    Kind
	message message.Message
	chip    *chip // of a request of the chip
}

// next returns the card's next request at its terminal.
func (f *Fleet) next(c *card, t *terminal, kind Kind, now time.Time) (request, error) {
	if kind == Reversal && c.unpaid != nil {
		m := &message.Reversal{Header: t.header(now), Transaction: c.unpaid.Transaction, Original: message.Original(c.unpaid)}
		m.FunctionCode, m.ReasonCode, m.ICCData = message.FullReversal, message.TimeoutWaitingForResponse, secret.Value{}
		c.unpaid = nil
		return request{kind: Reversal, message: m}, nil
	}
	if kind == Reversal {
		kind = Tap // there is nothing to reverse yet
	}
	code, err := message.ParsePOSDataCode(posCodes[kind])
	if err != nil {
		return request{}, err
	}
	m := &message.AuthorizationRequest{
		Header: t.header(now),
		Transaction: message.Transaction{
			PAN: c.pan, Amount: amount, Expiry: expiry, Currency: currency, POSDataCode: code,
			HasSequenceNumber: true, FunctionCode: message.OriginalAuthorization,
		},
	}
	c.unpaid = m
	if kind == Order {
		return request{kind: kind, message: m}, nil
	}
	made, err := c.generateAC(f.profile, amount, emv.DateOf(now), kind == Insertion)
	if err != nil {
		return request{}, err
	}
	m.ICCData = secret.New(made.objects)
	return request{kind: kind, message: m, chip: &made}, nil
}
