package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware/card"
)

// TestUsedCards: a card may come with tries used up or blocked.
func TestUsedCards(t *testing.T) {
	icc := opened(t, created(t, func(a *image.Application) { a.PINTriesUsed, a.Blocked = 2, true }))
	assert.Equal(t, 1, icc.Status()[0].TriesLeft)
	assert.True(t, icc.Status()[0].Blocked)
	for _, used := range []uint8{3, 200} {
		m := created(t, func(a *image.Application) { a.PINTriesUsed = used })
		assert.Equal(t, card.Status{PINSet: true, Name: unhex(t, testAID)}, opened(t, m).Status()[0])
	}
}
