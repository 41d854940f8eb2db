package authorization_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// TestPINOfARequestThatIsDeclinedAnyway: a right PIN that was not looked at, since
// something else is wrong with the request, is no wrong one.
func TestPINOfARequestThatIsDeclinedAnyway(t *testing.T) {
	for name, c := range map[string]struct {
		in     issuertest.Insertion
		swipe  bool
		alter  func(*message.AuthorizationRequest)
		action message.ActionCode
	}{
		"type that is not offered": {in: issuertest.Insertion{Amount: 10_00, Type: 500000, Online: right}, action: message.ActionFunctionNotSupported},
		"amount of a balance":      {in: issuertest.Insertion{Amount: 10_00, Type: message.BalanceInquiry, Online: right}, action: message.ActionInvalidAmount},
		"wrong digits of a stripe": {in: issuertest.Insertion{Amount: 10_00, Online: right}, swipe: true, action: message.ActionSecurityViolation,
			alter: func(r *message.AuthorizationRequest) { r.CardNotPresent.CID = otherDigits(secret.New([]byte("000"))) }},
		"unknown indicator of a stripe": {in: issuertest.Insertion{Amount: 10_00, Online: right}, swipe: true, action: message.ActionFormatError,
			alter: func(r *message.AuthorizationRequest) { r.CardNotPresent.ECI = "99" }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			card := h.NewCard(t)
			h.Personalise(t, card, right)
			h.Change(t, card.Ref, func(r *store.Record) { r.Tries = 1 })
			var r *message.AuthorizationRequest
			if c.swipe {
				r = card.Swipe(t, c.in.Amount)
				card.EnterPIN(t, r, c.in.Online, false)
			} else {
				r = card.Begin(t, c.in).Request
			}
			if c.alter != nil {
				c.alter(r)
			}
			assert.Equal(t, c.action, h.ask(t, r).ActionCode)
			assert.EqualValues(t, 1, h.Record(t, card.Ref).Tries)
			assert.Contains(t, h.last(t, card), `"pin":"not compared"`)
		})
	}
}

// TestOfflineInAnotherCurrency: what was approved offline in a currency that is not that
// of the limits is noted, and counts for none of them: there is no rate.
func TestOfflineInAnotherCurrency(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.ask(t, card.Order(t, 5_00))
	before := h.Record(t, card.Ref).Spent
	advice := offlineApproval(t, card, 392, 10_000)
	h.tell(t, advice)
	record := h.Record(t, card.Ref)
	assert.Equal(t, before, record.Spent)
	assert.Len(t, record.Payments, 2)
	h.tell(t, reversalOf(h, advice))
	record = h.Record(t, card.Ref)
	assert.Equal(t, before, record.Spent, "nor does its reversal")
	assert.True(t, record.Payments[1].Reversed)
}

// TestClockSetBackOverMidnight: a clock that is set back by a moment gives nobody a day
// anew, neither then nor when midnight comes again.
func TestClockSetBackOverMidnight(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	c := &settable{at: time.Date(2026, 11, 24, 0, 0, 30, 0, time.UTC)}
	h.authorizer = newAuthorizer(t, h, func(config *authorization.Config) { config.Clock = c })
	for range 4 {
		assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 500_00)).ActionCode)
	}
	assert.Equal(t, message.ActionExceedsLimit, h.ask(t, card.Order(t, 1)).ActionCode)
	c.at = c.at.Add(-time.Minute)
	assert.Equal(t, message.ActionExceedsLimit, h.ask(t, card.Order(t, 1)).ActionCode, "23:59:30 again")
	c.at = c.at.Add(2 * time.Minute)
	assert.Equal(t, message.ActionExceedsLimit, h.ask(t, card.Order(t, 1)).ActionCode)
	c.at = c.at.Add(24 * time.Hour)
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 1)).ActionCode, "a day that is new")
	c.at = c.at.AddDate(1, 0, 0)
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 500_00)).ActionCode)
	c.at = c.at.AddDate(-1, 0, 0)
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 500_00)).ActionCode, "a clock that was a year off does not lock a card for that year")
}

// TestTerminalWithALongName: a dialect may give DE 41 more room than a line of the
// journal has.
func TestTerminalWithALongName(t *testing.T) {
	d := longTerminals(t)
	h := newHost(t, func(c *authorization.Config) { c.Dialect = d })
	card := h.NewCard(t)
	order := card.Order(t, 1_00)
	order.Terminal = "374245001741007 AND SO ON, FAR LONGER THAN A JOURNAL'S ACTOR MAY BE, WHICH IS 64"
	assert.Equal(t, message.ActionApproved, h.ask(t, order).ActionCode)
	lines := h.Journal(t, card.Ref)
	assert.NotContains(t, lines[len(lines)-1], "374245001741007")
}

// offlineApproval is an advice of a purchase that was approved offline.
func offlineApproval(t *testing.T, card *issuertest.Card, currency uint16, amount uint64) *message.Advice {
	t.Helper()
	order := card.Order(t, amount)
	advice := &message.Advice{Header: order.Header, Transaction: order.Transaction}
	advice.Currency = currency
	return advice
}

func reversalOf(h host, m *message.Advice) *message.Reversal {
	r := &message.Reversal{Header: h.Header(), Transaction: m.Transaction, Original: message.Original(m)}
	r.FunctionCode, r.ReasonCode = message.FullReversal, message.CustomerCancellation
	return r
}

// settable is a clock that goes back, too.
type settable struct {
	clock.System
	at time.Time
}

func (c *settable) Now() time.Time { return c.at }

func longTerminals(t *testing.T) *message.Dialect {
	t.Helper()
	d, err := message.Load(strings.NewReader("name: long\nbase: iso93\nelements:\n  41: {format: ans, length: 90, prefix: 2}\n"))
	require.NoError(t, err)
	return d
}
