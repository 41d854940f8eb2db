package authorization_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

func unavailable(c *authorization.Config) { c.StandIn = authorization.Unavailable }

// TestStandIn: a request that can not be decided is declined at once, nothing of it
// is stored, and it is decided when it comes again.
func TestStandIn(t *testing.T) {
	var fault error
	h, card := changed(t, unavailable, func(c *authorization.Config) { c.Module = sometimes{c.Module, &fault} })
	before := h.Record(t, card.Ref)
	request := card.Begin(t, buy(pin0)).Request
	fault = errors.New("module is broken")
	answer := h.ask(t, request)
	assert.Equal(t, message.ActionIssuerUnavailable, answer.ActionCode)
	assert.True(t, answer.ICCData.IsZero())
	assert.Empty(t, answer.ApprovalCode)
	assert.Equal(t, before, h.Record(t, card.Ref))
	_, err := h.authorizer.Answer(context.Background(), card.Reversal(request))
	require.Error(t, err, "a reversal is not acknowledged")
	fault = nil
	assert.Equal(t, message.ActionApproved, h.ask(t, request).ActionCode)
	assert.Equal(t, pinlife.Sent, h.phase(t, card))
}

// sometimes is a module that fails while there is a fault.
type sometimes struct {
	authorization.Module
	fault *error
}

func (m sometimes) Seal(purpose string, r ref, clear []byte) ([]byte, error) {
	if *m.fault != nil {
		return nil, *m.fault
	}
	return m.Module.Seal(purpose, r, clear)
}

// TestStandInIsSilentAboutCommits: what may have been committed has no answer, so
// that the terminal reverses it.
func TestStandInIsSilentAboutCommits(t *testing.T) {
	h := newHost(t, unavailable, func(c *authorization.Config) { c.Store = losing{c.Store} })
	card := h.NewCard(t)
	answer, err := h.authorizer.Answer(context.Background(), card.Order(t, 10_00))
	require.ErrorIs(t, err, errLost)
	assert.Nil(t, answer)
}

// losing is a store that commits and says that it failed.
type losing struct{ store.Store }

var errLost = errors.New("disk does not answer")

func (s losing) Update(ctx context.Context, r account.Ref, fn func(store.Tx) error) error {
	return errors.Join(errLost, s.Store.Update(ctx, r, fn))
}

// TestAdviceOfAStandIn is booked, says so in the journal, and moves no PIN.
func TestAdviceOfAStandIn(t *testing.T) {
	h, card := changed(t)
	before := h.Record(t, card.Ref).PIN
	order := card.Order(t, 10_00)
	advice := &message.Advice{Header: order.Header, Transaction: order.Transaction}
	advice.ReasonCode = 1002
	h.tell(t, advice)
	record := h.Record(t, card.Ref)
	assert.EqualValues(t, 10_00, record.Spent.Amount)
	assert.Equal(t, before, record.PIN)
	lines := h.Journal(t, card.Ref)
	assert.Contains(t, lines[len(lines)-1], `"reason":"decided by a stand-in"`)
	for _, other := range []message.ReasonCode{999, 1004} {
		advice.Header, advice.ReasonCode = h.Header(), other
		h.tell(t, advice)
		lines = h.Journal(t, card.Ref)
		assert.NotContains(t, lines[len(lines)-1], "stand-in")
	}
}

// TestAdviceOfAStandInNamesTheRequest: it is booked as that request, once, whether that
// came before it, after it, or never; and a reversal of the request takes it back.
func TestAdviceOfAStandInNamesTheRequest(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	advice := func(of *message.AuthorizationRequest) *message.Advice {
		m := &message.Advice{Header: h.Header(), Transaction: of.Transaction, Original: message.Original(of)}
		m.ReasonCode = 1002
		return m
	}
	spent := func() int64 { return h.Record(t, card.Ref).Spent.Amount }

	never := card.Order(t, 10_00)
	h.tell(t, advice(never))
	assert.EqualValues(t, 10_00, spent(), "the request never came")
	h.tell(t, advice(never))
	assert.EqualValues(t, 10_00, spent(), "told again under another number")
	h.ask(t, never)
	assert.EqualValues(t, 10_00, spent(), "the request came after it")

	before := card.Order(t, 5_00)
	h.ask(t, before)
	h.tell(t, advice(before))
	assert.EqualValues(t, 15_00, spent(), "the request was approved before it")

	declined := card.Order(t, 600_00)
	assert.Equal(t, message.ActionExceedsLimit, h.ask(t, declined).ActionCode)
	h.tell(t, advice(declined))
	assert.EqualValues(t, 615_00, spent(), "the network approved what the issuer would not have")

	h.tell(t, card.Reversal(never))
	assert.EqualValues(t, 605_00, spent())

	script := advice(card.Order(t, 1_00))
	script.ReasonCode = 0
	h.tell(t, script)
	assert.EqualValues(t, 605_00, spent(), "what is no stand-in's and names a request is not posted")
}
