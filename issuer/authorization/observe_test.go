package authorization_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// slow is a store that takes time.
type slow struct {
	store.Store
	advance func(time.Duration)
}

func (s slow) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	s.advance(time.Millisecond)
	return s.Store.View(ctx, ref, fn)
}

func (s slow) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	s.advance(4 * time.Millisecond)
	return s.Store.Update(ctx, ref, fn)
}

// TestObserve: who watches is told what was decided and how long each step took, of a
// script too.
func TestObserve(t *testing.T) {
	var seen []authorization.Observation
	h := newHost(t)
	h.authorizer = newAuthorizer(t, h, func(c *authorization.Config) {
		c.Store = slow{h.Store, h.Clock.Advance}
		c.Observe = func(o authorization.Observation) { seen = append(seen, o) }
	})
	card := h.NewCard(t)
	h.Personalise(t, card, "1593")
	h.SetPIN(t, card, "2604")
	attempt := card.Begin(t, issuertest.Insertion{Amount: 10_00, Offline: "1593"})
	advice := attempt.Complete(t, h.ask(t, attempt.Request))
	require.NotNil(t, advice)
	h.tell(t, advice)
	h.send(t, attempt.Request) // a repeat
	h.ask(t, card.Begin(t, issuertest.Insertion{Amount: 10_000_00}).Request)
	h.tell(t, card.Reversal(attempt.Request))

	took := [authorization.Steps]time.Duration{authorization.LookUp: time.Millisecond, authorization.Commit: 4 * time.Millisecond}
	request := message.KindAuthorizationRequest
	assert.Equal(t, []authorization.Observation{
		{Kind: request, Decision: "approved", Script: "sent", Took: took},
		{Kind: message.KindAdvice, Decision: "advice", Script: "reported as successful", Took: took},
		{Kind: request, Took: [authorization.Steps]time.Duration{authorization.LookUp: time.Millisecond}},
		{Kind: request, Decision: "declined", Reason: "amount is above the limit of a transaction", Took: took},
		{Kind: message.KindReversal, Decision: "reversal", Took: took},
	}, seen)
}
