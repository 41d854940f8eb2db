package authorization_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// otherDigits returns digits that are not the given ones.
func otherDigits(digits secret.Value) (other secret.Value) {
	digits.Open(func(clear []byte) {
		changed := append([]byte(nil), clear...)
		changed[0] = '0' + (changed[0]-'0'+1)%10
		other = secret.New(changed)
	})
	return other
}

// TestCID: right digits of each length are accepted, wrong ones declined with 122 and
// counted apart from PINs, until not even the right ones help.
func TestCID(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Change(t, card.Ref, func(r *store.Record) { r.Tries = 2 })
	for digits := hsm.CIDDigitsMin; digits <= hsm.CIDDigitsMax; digits++ {
		order := card.Order(t, 1_00)
		cid, err := h.Module.CID(hsm.Card{PAN: card.PAN}, card.Expiry, digits)
		require.NoError(t, err)
		order.CardNotPresent.CID = cid
		assert.Equal(t, message.ActionApproved, h.ask(t, order).ActionCode, digits)
	}
	wrongOrder := func() {
		order := card.OrderWithCID(t, 1_00)
		order.CardNotPresent.CID = otherDigits(order.CardNotPresent.CID)
		assert.Equal(t, message.ActionSecurityViolation, h.ask(t, order).ActionCode)
	}
	wrongOrder()
	assert.Contains(t, h.last(t, card), "card identification digits are wrong")
	assert.EqualValues(t, 1, h.Record(t, card.Ref).CIDTries)
	assert.Equal(t, message.ActionApproved, h.ask(t, card.OrderWithCID(t, 1_00)).ActionCode)
	assert.Zero(t, h.Record(t, card.Ref).CIDTries, "right ones give the tries back")
	for range authorization.CIDTriesMax {
		wrongOrder()
	}
	assert.Equal(t, message.ActionSecurityViolation, h.ask(t, card.OrderWithCID(t, 1_00)).ActionCode)
	assert.Contains(t, h.last(t, card), "tries of card identification digits are used up")
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 1_00)).ActionCode, "an order without digits")
	record := h.Record(t, card.Ref)
	assert.EqualValues(t, authorization.CIDTriesMax, record.CIDTries)
	assert.EqualValues(t, 2, record.Tries, "those of the PIN")
}

// TestCIDOfAStripe: digits are checked wherever no chip speaks for the card.
func TestCIDOfAStripe(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	swipe := card.Swipe(t, 1_00)
	swipe.CardNotPresent.CID = otherDigits(card.OrderWithCID(t, 1_00).CardNotPresent.CID)
	assert.Equal(t, message.ActionSecurityViolation, h.ask(t, swipe).ActionCode)
	h.authorizer = newAuthorizer(t, h, func(c *authorization.Config) { c.Risk.RequireCID = true })
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Swipe(t, 1_00)).ActionCode, "a stripe is not asked for digits")
	chip := card.Begin(t, issuertest.Insertion{Amount: 1_00}).Request
	chip.CardNotPresent.CID = swipe.CardNotPresent.CID
	assert.Equal(t, message.ActionApproved, h.ask(t, chip).ActionCode, "nor is a chip asked for digits")
	assert.EqualValues(t, 1, h.Record(t, card.Ref).CIDTries)
}

// TestIdentification: what an order has to say, and what comes before it.
func TestIdentification(t *testing.T) {
	type order = func(*message.AuthorizationRequest)
	eci := func(indicator string, value []byte) order {
		return func(r *message.AuthorizationRequest) {
			r.CardNotPresent.ECI, r.CardNotPresent.AEVV = indicator, value
		}
	}
	wrongDigits := func(r *message.AuthorizationRequest) {
		r.CardNotPresent.CID = otherDigits(r.CardNotPresent.CID)
	}
	made := func(a hsm.Authentication, of string) func(*testing.T, host, *issuertest.Card) []byte {
		return func(t *testing.T, h host, card *issuertest.Card) []byte {
			maker := card
			if of == "another" {
				maker = h.NewCard(t)
			}
			for {
				v, err := h.Module.MakeAEVV(hsm.Card{PAN: maker.PAN}, a)
				require.NoError(t, err)
				if maker == card || h.Module.CheckAEVV(hsm.Card{PAN: card.PAN}, v[:]) != nil { // one in a thousand is right for both
					return v[:]
				}
			}
		}
	}
	authenticated, attempted, others := made(hsm.Authenticated, "its own"), made(hsm.Attempted, "its own"), made(hsm.Authenticated, "another")
	for name, c := range map[string]struct {
		alter  order
		aevv   func(*testing.T, host, *issuertest.Card) []byte
		record func(*store.Record)
		action message.ActionCode
		tries  uint8
	}{
		"authenticated":                  {alter: eci("05", nil), aevv: authenticated},
		"attempted":                      {alter: eci("06", nil), aevv: attempted},
		"not authenticated":              {alter: eci("07", nil)},
		"attempted, authenticated said":  {alter: eci("05", nil), aevv: attempted, action: message.ActionSecurityViolation, tries: 1},
		"another's value":                {alter: eci("05", nil), aevv: others, action: message.ActionSecurityViolation, tries: 1},
		"any 20 bytes":                   {alter: eci("06", make([]byte, 20)), action: message.ActionSecurityViolation, tries: 1},
		"a value that is not needed":     {alter: eci("07", nil), aevv: others},
		"authenticated without a value":  {alter: eci("05", nil), action: message.ActionFormatError},
		"attempted without a value":      {alter: eci("06", nil), action: message.ActionFormatError},
		"unknown indicator":              {alter: eci("08", nil), aevv: authenticated, action: message.ActionFormatError},
		"wrong digits and no value":      {alter: func(r *message.AuthorizationRequest) { eci("05", nil)(r); wrongDigits(r) }, action: message.ActionSecurityViolation, tries: 1},
		"wrong digits, unknown":          {alter: func(r *message.AuthorizationRequest) { eci("99", nil)(r); wrongDigits(r) }, action: message.ActionFormatError},
		"wrong digits of a blocked card": {alter: wrongDigits, record: status(store.Blocked), action: message.ActionRestrictedCard},
		"wrong digits, another expiry":   {alter: func(r *message.AuthorizationRequest) { wrongDigits(r); r.Expiry.Year++ }, action: message.ActionExpiredCard},
		"above a limit":                  {alter: func(r *message.AuthorizationRequest) { r.Amount = 600_00 }, action: message.ActionExceedsLimit},
		"no digits":                      {alter: func(r *message.AuthorizationRequest) { r.CardNotPresent.CID = secret.Value{} }, action: message.ActionSecurityViolation},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, func(c *authorization.Config) { c.Risk.RequireCID = true })
			card := h.NewCard(t)
			h.SetPIN(t, card, right)
			if c.record != nil {
				h.Change(t, card.Ref, c.record)
			}
			before := h.Record(t, card.Ref)
			order := card.OrderWithCID(t, 10_00)
			c.alter(order)
			if c.aevv != nil {
				order.CardNotPresent.AEVV = c.aevv(t, h, card)
			}
			assert.Equal(t, c.action, h.ask(t, order).ActionCode)
			record := h.Record(t, card.Ref)
			assert.Equal(t, c.tries, record.CIDTries)
			assert.Equal(t, before.PIN, record.PIN, "a pending PIN is untouched")
			assert.Equal(t, before.Tries, record.Tries)
		})
	}
}

// TestWrongAEVVs use up the tries of identification digits, since a value can be guessed
// as these can; a right one gives none back.
func TestWrongAEVVs(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := func(right bool) *message.AuthorizationRequest {
		m := card.AuthenticatedOrder(t, 1_00)
		if !right {
			m.CardNotPresent.AEVV[4] ^= 1
		}
		return m
	}
	for n := range authorization.CIDTriesMax {
		assert.Equal(t, message.ActionApproved, h.ask(t, order(true)).ActionCode)
		assert.EqualValues(t, n, h.Record(t, card.Ref).CIDTries)
		assert.Equal(t, message.ActionSecurityViolation, h.ask(t, order(false)).ActionCode)
		assert.Contains(t, h.last(t, card), "verification value of the authentication is wrong")
	}
	assert.Equal(t, message.ActionSecurityViolation, h.ask(t, order(true)).ActionCode)
	assert.Contains(t, h.last(t, card), "tries of identification digits and verification values are used up")
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 1_00)).ActionCode, "an order that claims nothing")

	h.authorizer = newAuthorizer(t, h, func(c *authorization.Config) { c.Risk.AcceptAnyAEVV = true })
	assert.Equal(t, message.ActionApproved, h.ask(t, order(false)).ActionCode, "where another makes the values")
	missing := order(true)
	missing.CardNotPresent.AEVV = nil
	assert.Equal(t, message.ActionFormatError, h.ask(t, missing).ActionCode)
}

// TestRightDigitsAndWrongAEVVs: who has the digits can not try all values with them.
func TestRightDigitsAndWrongAEVVs(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := func(right bool) *message.AuthorizationRequest {
		m := card.OrderWithCID(t, 1_00)
		m.CardNotPresent.ECI, m.CardNotPresent.AEVV = "05", card.AuthenticatedOrder(t, 1_00).CardNotPresent.AEVV
		if !right {
			m.CardNotPresent.AEVV[4] ^= 1
		}
		return m
	}
	for n := range authorization.CIDTriesMax - 1 {
		assert.Equal(t, message.ActionSecurityViolation, h.ask(t, order(false)).ActionCode)
		assert.EqualValues(t, n+1, h.Record(t, card.Ref).CIDTries)
	}
	assert.Equal(t, message.ActionApproved, h.ask(t, order(true)).ActionCode)
	assert.Zero(t, h.Record(t, card.Ref).CIDTries, "both right")
	for range authorization.CIDTriesMax {
		h.ask(t, order(false))
	}
	assert.Equal(t, message.ActionSecurityViolation, h.ask(t, order(true)).ActionCode)
	assert.Contains(t, h.last(t, card), "are used up")
}

// TestAEVVWithoutAKey: as TestCIDWithoutAKey.
func TestAEVVWithoutAKey(t *testing.T) {
	broken := errors.New("module is broken")
	for _, fault := range []error{hsm.ErrNoKey, broken} {
		h := newHost(t, func(c *authorization.Config) { c.Module = keyless{c.Module, fault} })
		card := h.NewCard(t)
		if errors.Is(fault, broken) {
			_, err := h.authorizer.Answer(t.Context(), card.AuthenticatedOrder(t, 1_00))
			require.ErrorIs(t, err, broken)
			continue
		}
		assert.Equal(t, message.ActionSecurityViolation, h.ask(t, card.AuthenticatedOrder(t, 1_00)).ActionCode)
		assert.Contains(t, h.last(t, card), "no key for verification values")
		assert.Zero(t, h.Record(t, card.Ref).CIDTries)
	}
}

// TestOrderWithAPINCountsNothing: neither digits nor PIN are looked at.
func TestOrderWithAPINCountsNothing(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	order := card.OrderWithCID(t, 10_00)
	order.CardNotPresent.CID = otherDigits(order.CardNotPresent.CID)
	card.EnterPIN(t, order, wrong, false)
	assert.Equal(t, message.ActionFormatError, h.ask(t, order).ActionCode)
	assert.Contains(t, h.last(t, card), "card not present with a PIN block")
	assert.Zero(t, h.Record(t, card.Ref).CIDTries)
	assert.Zero(t, h.Record(t, card.Ref).Tries)
}

// keyless is a module without a key of card identification digits.
type keyless struct {
	authorization.Module
	err error
}

func (m keyless) CID(hsm.Card, account.Expiry, int) (secret.Value, error) {
	return secret.Value{}, m.err
}

func (m keyless) CheckAEVV(hsm.Card, []byte) error { return m.err }

// TestCIDWithoutAKey: digits that nobody can check are declined and not counted; a
// module that fails is no decision.
func TestCIDWithoutAKey(t *testing.T) {
	broken := errors.New("module is broken")
	for _, fault := range []error{hsm.ErrNoKey, broken} {
		h := newHost(t, func(c *authorization.Config) { c.Module = keyless{c.Module, fault} })
		card := h.NewCard(t)
		if errors.Is(fault, broken) {
			_, err := h.authorizer.Answer(t.Context(), card.OrderWithCID(t, 1_00))
			require.ErrorIs(t, err, broken)
			continue
		}
		assert.Equal(t, message.ActionSecurityViolation, h.ask(t, card.OrderWithCID(t, 1_00)).ActionCode)
		assert.Contains(t, h.last(t, card), "no key for card identification digits")
		assert.Zero(t, h.Record(t, card.Ref).CIDTries)
	}
}

// TestPINInZone: a block under the key of the zone, which has no serial number.
func TestPINInZone(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	for digits, action := range map[string]message.ActionCode{right: message.ActionApproved, wrong: message.ActionIncorrectPIN} {
		request := card.Begin(t, issuertest.Insertion{Amount: 100_00}).Request
		card.EnterPINInZone(t, request, digits)
		assert.Equal(t, action, h.ask(t, request).ActionCode)
	}
	assert.Equal(t, pinlife.Stable, h.phase(t, card))
	assert.Empty(t, h.Record(t, card.Ref).PINDevices)
}

// TestExpiryOfADay: a card is good to the end of its month.
func TestExpiryOfADay(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	card.Expiry = account.Expiry{Year: 2026, Month: time.November}
	h.Change(t, card.Ref, func(r *store.Record) { r.Expiry = card.Expiry })
	h.Clock.Advance(time.Date(2026, time.November, 30, 23, 59, 59, 0, time.UTC).Sub(issuertest.Start))
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 1_00)).ActionCode)
	h.Clock.Advance(2 * time.Second)
	assert.Equal(t, message.ActionExpiredCard, h.ask(t, card.Order(t, 1_00)).ActionCode)
}
