package channel_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// decide writes what authorisation decided into the journal.
func (b *bank) decide(holder member.ID, kind, detail string) {
	b.t.Helper()
	require.NoError(b.t, b.store.Update(context.Background(), b.cards[holder], func(tx store.Tx) error {
		tx.Append(store.Entry{At: b.clock.Now(), Kind: kind, Actor: "terminal T", Detail: detail})
		return nil
	}))
}

// TestHistory tells the holder what concerns him: not why the issuer suspects a card.
func TestHistory(t *testing.T) {
	b := newBank(t)
	_, err := b.Activate(t.Context(), b.asks(ben, ben))
	require.NoError(t, err)
	_, err = b.CreatePIN(t.Context(), b.asks(ben, ben), digits("8361"))
	require.NoError(t, err)
	b.decide(ben, "approved", `{"amount":1234,"currency":978,"channel":"contact","atc":1,"pin":"accepted"}`)
	b.decide(ben, "declined", `{"amount":5,"currency":978,"channel":"contact","atc":2,"reason":"cryptogram is wrong"}`)
	b.decide(ben, "declined", `{"amount":6,"currency":978,"channel":"contactless","reason":"amount needs a PIN"}`)
	b.decide(ben, "approved", `{"amount":0,"currency":978}`)
	b.decide(ben, "approved", `{"type":"refund","amount":8,"currency":978,"channel":"contact","atc":3}`)
	b.decide(ben, "declined", `{"type":"cash","amount":9,"currency":978,"channel":"contact","atc":4,"reason":"cash is above the limit of the day"}`)
	b.decide(ben, "reversal", `{"type":"purchase with cash back","amount":10,"currency":978}`)
	b.decide(ben, "notice", "done")
	b.decide(ben, "advice", `{"amount":7}`)
	h, err := b.History(t.Context(), b.asks(ben, ben))
	require.NoError(t, err)
	now := b.clock.Now()
	assert.Equal(t, []channel.Payment{
		{At: now, Amount: 10, Currency: 978, Reversed: true, What: "with cash back"},
		{At: now, Amount: 9, Currency: 978, How: "chip", What: "cash", Why: "above the limit of cash of the day"},
		{At: now, Amount: 8, Currency: 978, Approved: true, How: "chip", What: "refund"},
		{At: now, Amount: 6, Currency: 978, How: "tap", Why: "a PIN was needed"},
		{At: now, Amount: 5, Currency: 978, How: "chip"},
		{At: now, Amount: 1234, Currency: 978, Approved: true, How: "chip"},
	}, h.Payments)
	assert.Equal(t, []channel.PINEvent{
		{At: now, Text: "New PIN active: confirmed by the card"}, {At: now, Text: "PIN created"}, {At: now, Text: "Card activated"},
	}, h.PIN)
	for range 30 {
		b.decide(ben, "approved", `{"amount":1,"currency":978,"channel":"contact","atc":3}`)
	}
	h, err = b.History(t.Context(), b.asks(ben, ben))
	require.NoError(t, err)
	assert.Len(t, h.Payments, 20)
	_, err = b.History(t.Context(), b.asks(anna, ben))
	var refused *channel.Refusal
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, channel.NotAllowed, refused.Code)
}

// TestChipLocked: what the chip said when it was inserted last counts, while it has a
// PIN and no new tries wait for it.
func TestChipLocked(t *testing.T) {
	b := newBank(t)
	b.change(ben, func(r *store.Record) { r.Status = store.Active })
	locked := func() bool {
		st, err := b.Status(t.Context(), b.asks(ben, ben))
		require.NoError(t, err)
		followed, err := b.Follow(t.Context(), b.asks(ben, ben))
		require.NoError(t, err)
		assert.Equal(t, st, followed)
		if st.ChipLocked {
			assert.Contains(t, st.Text, "locked")
			assert.Contains(t, st.Next, "unlock the PIN")
		}
		return st.ChipLocked
	}
	inserted := func(atc int, tries string) {
		b.decide(ben, "approved", fmt.Sprintf(`{"amount":1,"currency":978,"channel":"contact","atc":%d%s}`, atc, tries))
	}
	const usedUp = `,"chip_tries":"used up"`
	inserted(1, usedUp)
	assert.False(t, locked(), "there is no PIN yet")
	_, err := b.CreatePIN(t.Context(), b.asks(ben, ben), digits("8361"))
	require.NoError(t, err)
	b.change(ben, func(r *store.Record) { r.Advance(pinlife.Personalised()) })
	assert.True(t, locked())
	inserted(2, "")
	assert.False(t, locked(), "it takes PINs again")
	inserted(3, usedUp)
	b.decide(ben, "approved", `{"amount":1,"currency":978,"channel":"contactless","atc":4}`)
	assert.True(t, locked(), "a tap says nothing")
	_, err = b.Unblock(t.Context(), b.asks(ben, ben))
	require.NoError(t, err)
	assert.False(t, locked(), "new tries wait")
}
