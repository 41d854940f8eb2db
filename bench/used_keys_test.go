package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

// TestWireUsedPINKey: a second terminal was loaded with the initial key of the
// first. The issuer takes none of the keys that the card's PIN came under before.
func TestWireUsedPINKey(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.insert(wrongPIN, wrongPIN, wrongPIN)
	assert.Equal(t, kernel.ApprovedOnline, w.insert(oldPIN), "the online PIN")
	assert.Equal(t, kernel.DeclinedOnline, w.insert(wrongPIN))
	w.first.drained()

	initial := w.initial
	w.initial = func(byte) (secret.Key, dukpt.TDESKSN) { return initial(w.first.number) }
	second := w.terminal(2)
	w.link = second.link
	for range 2 {
		assert.Equal(t, kernel.DeclinedOnline, w.insert(oldPIN))
		answer, err := message.ISO93().Unpack(second.line.last(message.KindAuthorizationResponse))
		require.NoError(t, err)
		assert.Equal(t, message.ActionPINKeySynchronisation, answer.(*message.AuthorizationResponse).ActionCode)
	}
	assert.Equal(t, kernel.ApprovedOnline, w.insert(oldPIN), "a key that neither used")
	record, _ := w.records()
	assert.Zero(t, record.Tries)
	assert.Len(t, record.PINDevices, 1)
	assert.EqualValues(t, 3, record.PINDevices[0].Counter)
}

// TestWireOnlineTries: the issuer's own tries are used up by wrong PINs in DE 52. Then
// the right one is declined too, until an operator has looked at the card.
func TestWireOnlineTries(t *testing.T) {
	w := newWire(t, "amex-pin")
	online := func(digits string) kernel.Outcome {
		return w.purchase(insertion{pins: []string{digits}, till: onlinePINOnly(t)}).Outcome
	}
	for range authorization.PINTriesMax {
		assert.Equal(t, kernel.DeclinedOnline, online(wrongPIN))
		w.answered(message.ActionIncorrectPIN)
	}
	assert.Equal(t, kernel.DeclinedOnline, online(oldPIN))
	w.answered(message.ActionPINTriesExceeded)
	assert.True(t, w.insert(oldPIN).Approved(), "the chip has tries of its own")
	assert.Equal(t, kernel.DeclinedOnline, online(oldPIN))
	w.act("reset-tries")
	assert.Equal(t, kernel.ApprovedOnline, online(oldPIN))
}

// TestWireNotActivated: a card that was delivered is declined, whatever PIN comes, and
// loses no try, until its holder activates it.
func TestWireNotActivated(t *testing.T) {
	w := found(t, "amex-pin")
	w.start()
	w.logIn()
	w.first = w.terminal(1)
	w.link = w.first.link
	for _, digits := range []string{oldPIN, wrongPIN} {
		result := w.purchase(insertion{pins: []string{digits}, till: onlinePINOnly(t)})
		assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
		w.answered(message.ActionCardNotEffective)
	}
	w.ask("POST", "/activate", "")
	assert.Equal(t, kernel.ApprovedOnline, w.insert(oldPIN))
	record, _ := w.records()
	assert.Zero(t, record.Tries)
}
