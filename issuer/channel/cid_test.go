package channel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
)

// TestCID: an operator is told the digits of the card, and the journal that he was.
func TestCID(t *testing.T) {
	b := newBank(t)
	ref := b.cards[ben]
	pan, err := account.ParsePAN([]byte("374245002731007"))
	require.NoError(t, err)
	want, err := b.hsm.CID(hsm.Card{PAN: pan}, b.record(ben).Expiry, 3)
	require.NoError(t, err)
	got, err := b.CID(t.Context(), ref, 3)
	require.NoError(t, err)
	assert.True(t, got.Equal(want))
	for _, digits := range []int{2, 6} {
		_, err = b.CID(t.Context(), ref, digits)
		requireRefusal(t, channel.BadDigits, err)
	}
	_, err = b.CID(t.Context(), account.Ref{1}, 3)
	requireRefusal(t, channel.NoCard, err)
	assert.Equal(t, []string{"operator: card identification digits told: 3 digits"}, b.journal())
}

// TestAEVV: an operator is told a value that is right for the card, and the journal that
// he was.
func TestAEVV(t *testing.T) {
	b := newBank(t)
	pan, err := account.ParsePAN([]byte("374245002731007"))
	require.NoError(t, err)
	for _, result := range []hsm.Authentication{hsm.Authenticated, hsm.Attempted} {
		value, err := b.AEVV(t.Context(), b.cards[ben], result)
		require.NoError(t, err)
		assert.Equal(t, result, value.Result())
		require.NoError(t, b.hsm.CheckAEVV(hsm.Card{PAN: pan}, value[:]))
	}
	_, err = b.AEVV(t.Context(), account.Ref{1}, hsm.Authenticated)
	requireRefusal(t, channel.NoCard, err)
	assert.Equal(t, []string{
		"operator: verification value of an order told: authenticated", "operator: verification value of an order told: attempted",
	}, b.journal())
}
