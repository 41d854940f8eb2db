package channel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/store"
)

// TestMembersPushOutNoAnswerOfATerminal: however often a holder asks, the answers
// that terminals may ask for again stay.
func TestMembersPushOutNoAnswerOfATerminal(t *testing.T) {
	b := newBank(t)
	terminals := store.NewKey("1100", "1")
	require.NoError(t, b.store.Update(t.Context(), b.cards[anna], func(tx store.Tx) error {
		tx.Card().Status = store.Active
		tx.PutReply(store.TerminalReplies, terminals, []byte("answer"))
		return nil
	}))
	asked := b.asks(anna, anna)
	asked.Key = "first"
	_, err := b.CreatePIN(t.Context(), asked, digits("8024"))
	require.NoError(t, err)
	for n := range store.RepliesMax {
		asked.Key = fmt.Sprint(n)
		_, err := b.ChangePIN(t.Context(), asked, digits([]string{"1379", "2580"}[n%2]))
		require.NoError(t, err)
		b.clock.Advance(channel.DefaultChanges().Every)
	}
	require.NoError(t, b.store.View(t.Context(), b.cards[anna], func(s store.Snapshot) error {
		answer, _ := s.Reply(terminals)
		assert.Equal(t, "answer", string(answer))
		return nil
	}))
}
