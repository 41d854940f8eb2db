package authorization_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// TestNoScriptForACardThatIsNotGood: a change that waits does not go out in the
// answer to a card that may not be used, or that gives another date of expiry; it
// goes out once the card is good again.
func TestNoScriptForACardThatIsNotGood(t *testing.T) {
	for name, spoil := range map[string]func(*store.Record){
		"not activated":       status(store.NotActivated),
		"blocked":             status(store.Blocked),
		"lost":                status(store.Lost),
		"stolen":              status(store.Stolen),
		"expired":             status(store.Expired),
		"expired by its date": func(r *store.Record) { r.Expiry = account.Expiry{Year: 2026, Month: time.October} },
		"another expiry":      func(r *store.Record) { r.Expiry.Year++ },
	} {
		t.Run(name, func(t *testing.T) {
			h, card := changed(t)
			good := h.Record(t, card.Ref)
			h.Change(t, card.Ref, spoil)
			_, answer, advice := h.insert(t, card, buy(pin0))
			assert.False(t, answer.ActionCode.Approves())
			assert.False(t, carries(t, answer))
			assert.Nil(t, advice)
			assert.Equal(t, pinlife.Pending, h.phase(t, card))
			holds(t, card, pin0)

			h.Change(t, card.Ref, func(r *store.Record) { r.Status, r.Expiry = good.Status, good.Expiry })
			_, answer, _ = h.insert(t, card, buy(pin0))
			assert.True(t, carries(t, answer))
			holds(t, card, pin1)
		})
	}
}

// TestForeignCardGetsNoSecondScript: while a card that others personalised states
// that it ran a script, it gets no other: what its count means after that is not
// known. Ours gets one in the same answer.
func TestForeignCardGetsNoSecondScript(t *testing.T) {
	for name, foreign := range map[string]bool{"ours": false, "of others": true} {
		t.Run(name, func(t *testing.T) {
			h, card := changed(t)
			h.Change(t, card.Ref, func(r *store.Record) { r.Chip.Foreign = foreign })
			_, answer, _ := h.insert(t, card, buy(pin0))
			assert.True(t, carries(t, answer), "count 0")
			h.SetPIN(t, card, pin0)
			_, answer, _ = h.insert(t, card, buy(pin1))
			assert.True(t, answer.ActionCode.Approves())
			assert.Equal(t, !foreign, carries(t, answer), "count 1")
			if foreign {
				assert.Equal(t, pinlife.Pending, h.phase(t, card))
				_, answer, _ = h.insert(t, card, buy(pin1))
				assert.True(t, carries(t, answer), "count 0 again")
			}
			holds(t, card, pin0)
		})
	}
}
