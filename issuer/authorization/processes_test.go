package authorization_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// overtaken is a store of one process, in which another process does something behind
// the first read of a card.
type overtaken struct {
	store.Store
	happens func()
}

// View reads, and then the other process does what it does.
func (o *overtaken) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	err := o.Store.View(ctx, ref, fn)
	if happens := o.happens; happens != nil {
		o.happens = nil
		happens()
	}
	return err
}

// second returns a host that works on the same store in another process, which the
// first one overtakes.
func (h host) second(t *testing.T, happens func()) host {
	t.Helper()
	other := h
	other.authorizer = newAuthorizer(t, h, func(c *authorization.Config) { c.Store = &overtaken{h.Store, happens} })
	return other
}

// TestRepeatInAnotherProcess: a message that two processes get at once is decided once,
// and both give the same answer, though the decision leaves the record as it was.
func TestRepeatInAnotherProcess(t *testing.T) {
	for name, status := range map[string]store.Status{"approved": store.Active, "declined": store.Blocked} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			card := h.NewCard(t, func(r *store.Record) { r.Status = status })
			order := card.Order(t, 10_00)
			var first []byte
			second := h.second(t, func() { first = h.send(t, order) }).send(t, order)
			assert.NotEmpty(t, first)
			assert.Equal(t, first, second)
			assert.Len(t, h.Journal(t, card.Ref), 1)
		})
	}
}

// TestReversalInAnotherProcess: a reversal that is decided while another process declines
// its request knows of that request.
func TestReversalInAnotherProcess(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t, func(r *store.Record) { r.Status = store.Blocked })
	order := card.Order(t, 10_00)
	reversal := card.Reversal(order)
	h.second(t, func() { assert.NotEqual(t, message.ActionApproved, h.ask(t, order).ActionCode) }).tell(t, reversal)
	one := h.Journal(t, card.Ref)

	in := newHost(t)
	card = in.NewCard(t, func(r *store.Record) { r.Status = store.Blocked })
	order = card.Order(t, 10_00)
	in.ask(t, order)
	in.tell(t, card.Reversal(order))
	require.Len(t, one, 2)
	assert.Equal(t, in.Journal(t, card.Ref)[1], one[1], "as if one had come after the other")
}
