package authorization_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// TestRepeatGetsTheSameBytes: a repeat has the digit of a repeat and a later
// transmission time; the answer is the stored one, script and all.
func TestRepeatGetsTheSameBytes(t *testing.T) {
	h, card := changed(t)
	request := card.Begin(t, buy(pin0)).Request
	first := h.send(t, request)
	before, journal := h.Record(t, card.Ref), h.Journal(t, card.Ref)
	request.Repeat = true
	request.Transmission.Second++
	h.Clock.Advance(time.Minute)
	assert.Equal(t, first, h.send(t, request))
	assert.Equal(t, before, h.Record(t, card.Ref), "nothing is changed")
	assert.Equal(t, journal, h.Journal(t, card.Ref))
}

// TestSameKeyOtherContent is refused as a duplicate, and changes nothing.
func TestSameKeyOtherContent(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	assert.Equal(t, message.ActionApproved, h.ask(t, order).ActionCode)
	before := h.Record(t, card.Ref)
	order.Amount = 11_00
	assert.Equal(t, message.ActionDuplicate, h.ask(t, order).ActionCode)
	assert.Equal(t, before, h.Record(t, card.Ref))
}

// TestReplay: the same cryptogram in another message is no repeat.
func TestReplay(t *testing.T) {
	h, card := changed(t)
	request := card.Begin(t, buy(pin0)).Request
	h.ask(t, request)
	replay := *request
	replay.Header = h.Header()
	answer := h.ask(t, &replay)
	assert.Equal(t, message.ActionDoNotHonour, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.Contains(t, h.last(t, card), "ATC is not new")
	assert.Contains(t, h.Journal(t, card.Ref), "audit: "+pinlife.AuditATCNotNew.String())
}

// TestFinalCryptogramIsNoRequest: a TC is a right cryptogram, and yet none to ask
// with.
func TestFinalCryptogramIsNoRequest(t *testing.T) {
	h, card := changed(t)
	_, _, advice := h.insert(t, card, buy(pin0))
	h.Change(t, card.Ref, func(r *store.Record) { r.Advance(pinlife.Personalised()) }) // forgets the ATC
	forged := card.Order(t, 10_00)
	forged.POSDataCode = card.Begin(t, buy(pin0)).Request.POSDataCode
	forged.ICCData = advice.ICCData
	answer := h.ask(t, forged)
	assert.Equal(t, message.ActionDoNotHonour, answer.ActionCode)
	assert.Contains(t, h.last(t, card), "cryptogram is wrong")
}

// TestAdviceClaims: success is a claim with the right final cryptogram alone. The
// ARQC of the request is none.
func TestAdviceClaims(t *testing.T) {
	for name, alter := range map[string]func(*testing.T, *message.Advice, *issuertest.Attempt){
		"wrong cryptogram": func(t *testing.T, m *message.Advice, _ *issuertest.Attempt) {
			m.ICCData = change(t, m.ICCData, 0x9F26, flip)
		},
		"other script": func(t *testing.T, m *message.Advice, _ *issuertest.Attempt) {
			m.ICCData = change(t, m.ICCData, 0x9F5B, flip)
		},
		"no results": func(t *testing.T, m *message.Advice, _ *issuertest.Attempt) {
			m.ICCData = change(t, m.ICCData, 0x9F5B, without)
		},
		"unreadable result": func(t *testing.T, m *message.Advice, _ *issuertest.Attempt) {
			m.ICCData = change(t, m.ICCData, 0x9F5B, func([]byte) []byte { return []byte{1} })
		},
		"chip data missing": func(t *testing.T, m *message.Advice, _ *issuertest.Attempt) {
			m.ICCData = change(t, m.ICCData, 0x9F36, without)
		},
		"ARQC": func(t *testing.T, m *message.Advice, a *issuertest.Attempt) {
			for _, tag := range []uint32{0x9F26, 0x9F10} {
				value := objectOf(t, a.Request.ICCData, tagOf(tag))
				m.ICCData = change(t, m.ICCData, tagOf(tag), func([]byte) []byte { return value })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, card := changed(t)
			a, _, advice := h.insert(t, card, buy(pin0))
			alter(t, advice, a)
			h.tell(t, advice)
			assert.Equal(t, pinlife.Sent, h.phase(t, card))
			assert.Equal(t, audited[name], h.audits(t, card))
		})
	}
}

// audited is what the journal says of the chip data of TestAdviceClaims.
var audited = map[string][]string{
	"wrong cryptogram":  {"final cryptogram of an advice is wrong"},
	"ARQC":              {"final cryptogram of an advice is wrong"},
	"chip data missing": {"chip data of an advice can not be read"},
}

// TestMoney: an approval is posted once, a reversal takes it back once and touches
// no PIN.
func TestMoney(t *testing.T) {
	h, card := changed(t)
	a := card.Begin(t, buy(pin0))
	h.ask(t, a.Request)
	assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount)
	life := h.Record(t, card.Ref).PIN

	reversal := card.Reversal(a.Request)
	answer := h.send(t, reversal)
	assert.Zero(t, h.Record(t, card.Ref).Spent.Amount)
	reversal.Repeat = true
	assert.Equal(t, answer, h.send(t, reversal), "a repeat is acknowledged with the same bytes")
	h.tell(t, card.Reversal(a.Request))
	record := h.Record(t, card.Ref)
	assert.Zero(t, record.Spent.Amount, "reversed once")
	require.Len(t, record.Payments, 1)
	assert.True(t, record.Payments[0].Reversed)
	assert.Equal(t, life, record.PIN)
}

// TestPartialReversal leaves what the amount says.
func TestPartialReversal(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.ask(t, order)
	reversal := card.Reversal(order)
	reversal.FunctionCode, reversal.Amount = message.PartialReversal, 4_00
	reversal.OriginalAmounts.Transaction = 10_00
	h.tell(t, reversal)
	record := h.Record(t, card.Ref)
	assert.EqualValues(t, 4_00, record.Spent.Amount)
	assert.EqualValues(t, 4_00, record.Payments[0].Amount)
	assert.False(t, record.Payments[0].Reversed)
}

// TestPartialReversalOfAnotherCurrency is acknowledged and changes nothing: what is
// left can not be told. All of it can be taken back.
func TestPartialReversalOfAnotherCurrency(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.ask(t, order)
	reversal := card.Reversal(order)
	reversal.FunctionCode, reversal.Amount, reversal.Currency = message.PartialReversal, 4_00, 840
	h.tell(t, reversal)
	assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount)
	reversal = card.Reversal(order)
	reversal.Currency = 840
	h.tell(t, reversal)
	assert.Zero(t, h.Record(t, card.Ref).Spent.Amount)
}

// TestReversalOfAnother: each of the original data elements counts.
func TestReversalOfAnother(t *testing.T) {
	for name, alter := range map[string]func(*message.Reversal){
		"kind":     func(m *message.Reversal) { m.Original.Kind = message.KindAdvice },
		"STAN":     func(m *message.Reversal) { m.Original.STAN++ },
		"time":     func(m *message.Reversal) { m.Original.Local.Second ^= 1 },
		"acquirer": func(m *message.Reversal) { m.Original.AcquiringInstitution = "54321" },
		"terminal": func(m *message.Reversal) { m.Terminal = "TILL0002" },
		"acceptor": func(m *message.Reversal) { m.CardAcceptor = "MERCHANT2" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			card := h.NewCard(t)
			order := card.Order(t, 10_00)
			h.ask(t, order)
			reversal := card.Reversal(order)
			alter(reversal)
			h.tell(t, reversal)
			assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount)
			lines := h.Journal(t, card.Ref)
			assert.Contains(t, lines[len(lines)-1], "original is not known")
		})
	}
}

// TestReversalOfAnotherDay gives nothing back to today.
func TestReversalOfAnotherDay(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.ask(t, order)
	h.Clock.Advance(24 * time.Hour)
	h.ask(t, card.Order(t, 3_00))
	h.tell(t, card.Reversal(order))
	assert.EqualValues(t, 3_00, h.Record(t, card.Ref).Spent.Amount)
}

// TestReversalBeforeItsRequest: the request is declined when it comes.
func TestReversalBeforeItsRequest(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.tell(t, card.Reversal(order))
	assert.Equal(t, message.ActionDoNotHonour, h.ask(t, order).ActionCode)
	assert.Contains(t, h.last(t, card), "was reversed before it came")
	assert.Zero(t, h.Record(t, card.Ref).Spent.Amount)
}

// TestReversalsOfUnknownOriginals drive no payment out: it can be reversed still.
func TestReversalsOfUnknownOriginals(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	h.ask(t, order)
	for range store.PaymentsMax {
		h.tell(t, card.Reversal(card.Order(t, 1_00)))
	}
	assert.Len(t, h.Record(t, card.Ref).Payments, 1+store.MarkersMax)
	h.tell(t, card.Reversal(order))
	assert.Zero(t, h.Record(t, card.Ref).Spent.Amount)
}

// TestReversalOfADecline notes no payment.
func TestReversalOfADecline(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 900_00)
	assert.Equal(t, message.ActionExceedsLimit, h.ask(t, order).ActionCode)
	h.tell(t, card.Reversal(order))
	assert.Empty(t, h.Record(t, card.Ref).Payments)
}

// TestOfflineAdvice: what was approved offline is posted once; the advice of an
// online transaction posts nothing.
func TestOfflineAdvice(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	advice := &message.Advice{Header: order.Header, Transaction: order.Transaction}
	h.tell(t, advice)
	advice.Repeat = true
	h.tell(t, advice)
	assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount)
	advice.Header, advice.Original = h.Header(), message.Original(order)
	h.tell(t, advice)
	assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount)
	advice.Header, advice.Original, advice.ActionCode = h.Header(), message.OriginalData{}, message.ActionDoNotHonour
	h.tell(t, advice)
	assert.EqualValues(t, 10_00, h.Record(t, card.Ref).Spent.Amount, "declined offline")
}

// TestReversalBeforeItsAdvice: what was reversed before is not posted.
func TestReversalBeforeItsAdvice(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	advice := &message.Advice{Header: order.Header, Transaction: order.Transaction}
	reversal := card.Reversal(order)
	reversal.Original = message.Original(advice)
	h.tell(t, reversal)
	h.tell(t, advice)
	assert.Zero(t, h.Record(t, card.Ref).Spent.Amount)
}

// TestOneAtATime: messages of one card do not decide on the same state, so none is
// decided twice.
func TestOneAtATime(t *testing.T) {
	const orders = 16
	var sealed atomic.Int32
	h := newHost(t, func(c *authorization.Config) {
		c.Module = restless{c.Module, func() { sealed.Add(1); runtime.Gosched() }}
	})
	card := h.NewCard(t)
	var group sync.WaitGroup
	for range orders {
		order := card.Order(t, 1_00)
		group.Go(func() { h.send(t, order) })
	}
	group.Wait()
	assert.EqualValues(t, orders, sealed.Load())
	assert.EqualValues(t, orders*1_00, h.Record(t, card.Ref).Spent.Amount)
}

// TestUnknownCard: requests are declined, advices and reversals acknowledged.
func TestUnknownCard(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	order := card.Order(t, 10_00)
	order.SequenceNumber = 7
	answer := h.ask(t, order)
	assert.Equal(t, message.ActionNoCardRecord, answer.ActionCode)
	h.tell(t, card.Reversal(order))
	h.tell(t, &message.Advice{Header: h.Header(), Transaction: order.Transaction})
	assert.Empty(t, h.Journal(t, card.Ref))
}

// TestNothingCommittedNothingSent: where the store fails there is no answer.
func TestNothingCommittedNothingSent(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	require.NoError(t, h.Store.Close())
	answer, err := h.authorizer.Answer(context.Background(), card.Order(t, 10_00))
	require.ErrorIs(t, err, store.ErrClosed)
	assert.Nil(t, answer)
}

// TestModuleFails: an error of the security module is no decision.
func TestModuleFails(t *testing.T) {
	broken := errors.New("module is broken")
	h, card := changed(t, func(c *authorization.Config) { c.Module = failing{c.Module, broken} })
	before := h.Record(t, card.Ref)
	_, err := h.authorizer.Answer(context.Background(), card.Begin(t, buy(pin0)).Request)
	require.ErrorIs(t, err, broken)
	assert.Equal(t, before, h.Record(t, card.Ref))
}

type failing struct {
	authorization.Module
	err error
}

func (m failing) Seal(string, ref, []byte) ([]byte, error) { return nil, m.err }

// TestDecidesAgainButNotForEver: a record that changes during each decision ends
// in an error.
func TestDecidesAgainButNotForEver(t *testing.T) {
	var h host
	var card *issuertest.Card
	h, card = changed(t, func(c *authorization.Config) {
		c.Module = restless{c.Module, func() { h.Change(t, card.Ref, func(r *store.Record) { r.Limits.NoPIN++ }) }}
	})
	before := h.Journal(t, card.Ref)
	_, err := h.authorizer.Answer(context.Background(), card.Begin(t, buy(pin0)).Request)
	require.ErrorContains(t, err, "record changed 8 times")
	assert.Equal(t, before, h.Journal(t, card.Ref))
}

// restless is a module during whose every work something happens.
type restless struct {
	authorization.Module
	meanwhile func()
}

func (m restless) Seal(purpose string, r ref, clear []byte) ([]byte, error) {
	m.meanwhile()
	return m.Module.Seal(purpose, r, clear)
}

// TestNotForTheIssuer: what is no request is refused.
func TestNotForTheIssuer(t *testing.T) {
	h := newHost(t)
	_, err := h.authorizer.Answer(context.Background(), &message.AuthorizationResponse{})
	require.ErrorContains(t, err, "not a message for the issuer")
}

func TestNewWantsItsParts(t *testing.T) {
	_, err := authorization.New(authorization.Config{})
	require.ErrorContains(t, err, "a store, a module and a dialect are needed")
	h := newHost(t)
	_, err = authorization.New(authorization.Config{Store: h.Store, Module: h.Module, Dialect: h.dialect, Policy: pinlife.Policy{AttemptsMax: 1}})
	require.Error(t, err)
}
