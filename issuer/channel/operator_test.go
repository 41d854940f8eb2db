package channel_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// act is what an operator does to a card.
type act struct {
	do   func(*channel.Service, context.Context, account.Ref) (channel.Status, error)
	kind string // in the journal
}

var acts = []act{
	{(*channel.Service).BlockCard, "card blocked"},
	{(*channel.Service).UnblockCard, "card unblocked"},
	{(*channel.Service).ReportLost, "card reported lost"},
	{(*channel.Service).ReportStolen, "card reported stolen"},
	{(*channel.Service).CloseCard, "card closed"},
}

// TestOperatorMovesStatus tries each act on a card of each status.
func TestOperatorMovesStatus(t *testing.T) {
	const closed = channel.IsClosed
	for _, row := range []struct {
		was  store.Status
		want [5]any // by act: the new status, or the refusal
	}{
		{store.NotActivated, [5]any{channel.NotActive, channel.NotBlocked, store.Lost, store.Stolen, store.Closed}},
		{store.Active, [5]any{store.Blocked, channel.AlreadySo, store.Lost, store.Stolen, store.Closed}},
		{store.Blocked, [5]any{channel.AlreadySo, store.Active, store.Lost, store.Stolen, store.Closed}},
		{store.Lost, [5]any{channel.NotActive, channel.IsGone, channel.AlreadySo, store.Stolen, store.Closed}},
		{store.Stolen, [5]any{channel.NotActive, channel.IsGone, store.Lost, channel.AlreadySo, store.Closed}},
		{store.Expired, [5]any{channel.NotActive, channel.NotBlocked, store.Lost, store.Stolen, store.Closed}},
		{store.Closed, [5]any{closed, closed, closed, closed, closed}},
	} {
		for n, act := range acts {
			t.Run(row.was.String()+", "+act.kind, func(t *testing.T) {
				b := newBank(t)
				b.change(ben, func(r *store.Record) {
					r.Status = row.was
					if row.was == store.Closed {
						step(pinlife.CardClosed{})(r)
					}
				})
				before := b.record(ben)
				st, err := act.do(b.Service, t.Context(), b.cards[ben])
				if code, refused := row.want[n].(channel.Code); refused {
					why := requireRefusal(t, code, err)
					assert.NotEmpty(t, why.Next())
					assert.Equal(t, before, b.record(ben), "nothing changed")
					assert.Equal(t, []string{"operator: refused: " + act.kind + ": " + why.Error()}, b.journal())
					return
				}
				require.NoError(t, err)
				assert.Equal(t, row.want[n], st.Card.Status)
				assert.Equal(t, row.want[n], b.record(ben).Status)
				assert.Equal(t, []string{"operator: " + act.kind + ": was " + row.was.String()}, b.journal())
			})
		}
	}
}

// TestOperatorClosesACard: its PIN ends with it, and nothing brings it back.
func TestOperatorClosesACard(t *testing.T) {
	b, ctx := newBank(t), t.Context()
	me := b.asks(ben, ben)
	_, err := b.Activate(ctx, me)
	require.NoError(t, err)
	_, err = b.CreatePIN(ctx, me, digits("8361"))
	require.NoError(t, err)
	st, err := b.CloseCard(ctx, me.Card)
	require.NoError(t, err)
	assert.Equal(t, channel.Ended, st.PIN)
	assert.Empty(t, b.record(ben).PINs, "pending PIN erased")
	_, err = b.Activate(ctx, me)
	requireRefusal(t, channel.NotUsable, err)
	_, err = b.ChangePIN(ctx, me, digits("9272"))
	requireRefusal(t, channel.NotUsable, err)
	_, err = b.CloseCard(ctx, account.Ref{1})
	requireRefusal(t, channel.NoCard, err)
}
