package authorization_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// TestZoneNumber: DE 53 of one byte is the number of a zone key.
func TestZoneNumber(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	for number, action := range map[byte]message.ActionCode{
		1: message.ActionApproved, 0: message.ActionPINKeySynchronisation, 2: message.ActionPINKeySynchronisation,
	} {
		request := card.Begin(t, issuertest.Insertion{Amount: 100_00}).Request
		card.EnterPINInZone(t, request, right)
		request.SecurityControl = secret.New([]byte{number})
		assert.Equal(t, action, h.ask(t, request).ActionCode, number)
	}
	assert.Zero(t, h.Record(t, card.Ref).Tries)
}

// retiring is a module whose keys for PIN blocks, or for cards, are retired.
type retiring struct {
	authorization.Module
	pins, cards bool
}

func (m retiring) ComparePIN(c hsm.Card, b hsm.PINBlock, live []hsm.SealedPIN) ([]pinlife.Generation, error) {
	if m.pins {
		return nil, fmt.Errorf("BDK TDES: %w", hsm.ErrRetired)
	}
	return m.Module.ComparePIN(c, b, live)
}

func (m retiring) VerifyARQC(c hsm.Card, in *cryptogram.Input, ac emv.AC) error {
	if m.cards {
		return fmt.Errorf("set 1: %w", hsm.ErrRetired)
	}
	return m.Module.VerifyARQC(c, in, ac)
}

// TestRetiredKeys are a decision with a reason, and no try of the PIN.
func TestRetiredKeys(t *testing.T) {
	for want, module := range map[string]retiring{
		"key of the PIN block is retired":     {pins: true},
		"master keys of the card are retired": {cards: true},
	} {
		h := newHost(t, func(c *authorization.Config) {
			module.Module = c.Module
			c.Module = module
		})
		card := h.NewCard(t)
		h.Personalise(t, card, right)
		attempt := card.Begin(t, issuertest.Insertion{Amount: 100_00, Online: right})
		answer := h.ask(t, attempt.Request)
		assert.NotEqual(t, message.ActionApproved, answer.ActionCode, want)
		assert.Contains(t, h.last(t, card), want)
		require.Zero(t, h.Record(t, card.Ref).Tries)
	}
}
