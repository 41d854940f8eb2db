package issuertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
)

// Currency is that of all transactions.
const Currency = 978

// Codes of DE 22.
const (
	posContact = "510101513344"
	posTap     = "M10101M00344"
	posOrder   = "100050100110"
	posStripe  = "210101213344"
)

// Header returns the header of a further message of the terminal.
func (i *Issuer) Header() message.Header {
	stan := i.stan.Add(1)
	now := i.Clock.Now()
	return message.Header{
		Transmission: message.TransmissionDateTimeOf(now), STAN: stan % 1_000_000,
		Local:                message.LocalDateTimeOf(now.Add(time.Duration(stan/1_000_000) * time.Second)),
		AcquiringInstitution: "12345", Terminal: "TILL0001", CardAcceptor: "MERCHANT1",
	}
}

// request returns a request from the chip.
func (c *Card) request(t testing.TB, in Insertion, chip []byte) *message.AuthorizationRequest {
	t.Helper()
	m := c.purchase(t, in.Amount, posContact)
	m.ICCData, m.ProcessingCode = secret.New(chip), in.Type
	if in.Tap {
		m.POSDataCode = pos(t, posTap)
	}
	if in.Online != "" {
		c.EnterPIN(t, m, in.Online, in.AES)
	}
	return m
}

// Order returns a card-not-present order.
func (c *Card) Order(t testing.TB, amount uint64) *message.AuthorizationRequest {
	t.Helper()
	return c.purchase(t, amount, posOrder)
}

// Swipe returns a request from the magnetic stripe.
func (c *Card) Swipe(t testing.TB, amount uint64) *message.AuthorizationRequest {
	t.Helper()
	return c.purchase(t, amount, posStripe)
}

func (c *Card) purchase(t testing.TB, amount uint64, code string) *message.AuthorizationRequest {
	t.Helper()
	return &message.AuthorizationRequest{
		Header: c.issuer.Header(),
		Transaction: message.Transaction{
			PAN: c.PAN, Amount: amount, Expiry: c.Expiry, Currency: Currency, POSDataCode: pos(t, code),
			HasSequenceNumber: true, FunctionCode: message.OriginalAuthorization,
		},
	}
}

func pos(t testing.TB, s string) message.POSDataCode {
	t.Helper()
	p, err := message.ParsePOSDataCode(s)
	require.NoError(t, err)
	return p
}

// Advice returns the advice that reports script results.
func (a *Attempt) Advice(t testing.TB, answer *message.AuthorizationResponse, f Final, results []emv.ScriptResult) *message.Advice {
	t.Helper()
	m := &message.Advice{
		Header: a.card.issuer.Header(), Transaction: a.Request.Transaction,
		ActionCode: answer.ActionCode, Original: message.Original(a.Request),
	}
	m.ICCData = secret.New(tlv.Append(append([]byte(nil), f.objects...), 0x9F5B, emv.EncodeScriptResults(results...)))
	return m
}

// Reversal returns the reversal of a request.
func (c *Card) Reversal(r *message.AuthorizationRequest) *message.Reversal {
	m := &message.Reversal{Header: c.issuer.Header(), Transaction: r.Transaction, Original: message.Original(r)}
	m.FunctionCode, m.ReasonCode, m.ICCData = message.FullReversal, message.TimeoutWaitingForResponse, secret.Value{}
	return m
}

// OrderWithCID returns an order with the card's identification digits, four of them.
func (c *Card) OrderWithCID(t testing.TB, amount uint64) *message.AuthorizationRequest {
	t.Helper()
	m := c.Order(t, amount)
	digits, err := c.issuer.Module.CID(hsm.Card{PAN: c.PAN}, c.Expiry, 4)
	require.NoError(t, err)
	m.CardNotPresent.CID = digits
	return m
}

// AuthenticatedOrder returns an order whose holder was authenticated: ECI 05, with a
// verification value of the card.
func (c *Card) AuthenticatedOrder(t testing.TB, amount uint64) *message.AuthorizationRequest {
	t.Helper()
	m := c.Order(t, amount)
	value, err := c.issuer.Module.MakeAEVV(hsm.Card{PAN: c.PAN}, hsm.Authenticated)
	require.NoError(t, err)
	m.CardNotPresent.ECI, m.CardNotPresent.AEVV = "05", value[:]
	return m
}
