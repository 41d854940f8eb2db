package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

// exhausted is a card with oldPIN whose tries are used up, and for which newPIN waits.
func exhausted(t *testing.T) *wire {
	w := pending(t)
	w.insert(wrongPIN, wrongPIN, wrongPIN)
	require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
	w.first.drained()
	return w
}

// firstWaits is a card that no PIN has come to, and for which newPIN waits.
func firstWaits(t *testing.T) *wire {
	w := newWire(t, "amex")
	w.ask("POST", "/pin", setNew)
	return w
}

// answered wants the last answer to have an action code.
func (w *wire) answered(code message.ActionCode) {
	w.t.Helper()
	m, err := message.ISO93().Unpack(w.first.line.last(message.KindAuthorizationResponse))
	require.NoError(w.t, err)
	assert.Equal(w.t, code, m.(*message.AuthorizationResponse).ActionCode)
}

// fetchesUnblock checks that the unblock waits still.
func (w *wire) fetchesUnblock() {
	w.t.Helper()
	assert.Equal(w.t, true, w.ask("GET", "/pin", "")["unblock"])
	assert.Equal(w.t, "stable", w.phase(), "nothing went out")
	assert.Len(w.t, w.purchase(insertion{pins: []string{oldPIN}}).ScriptResults, 1)
}

// onlinePINOnly is a terminal that has no offline PIN.
func onlinePINOnly(t *testing.T) *kernel.Kernel {
	t.Helper()
	const offlinePIN = 0x80 | 0x10 // plaintext and enciphered: EMV Book 4, Annex A2, byte 2
	p := terminalProfile(t, 1)
	p.Capabilities[1] &^= offlinePIN
	k, err := kernel.New(kernel.Config{Profile: p})
	require.NoError(t, err)
	return k
}

// gateRows have each way through the gate, and what does not get through: (a) is in
// deliveryRows, (d) in those of the holder.
var gateRows = []rowCase{
	{rowGate, "(b) the old PIN online", func(t *testing.T) {
		w := exhausted(t)
		assert.Equal(t, kernel.ApprovedOnline, w.insert(oldPIN))
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowGate, "(b) the old PIN online, at a terminal without offline PIN", func(t *testing.T) {
		w := pending(t)
		assert.Equal(t, kernel.ApprovedOnline, w.purchase(insertion{pins: []string{oldPIN}, till: onlinePINOnly(t)}).Outcome)
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowGate, "(c) the first PIN is wrong", func(t *testing.T) {
		w := firstWaits(t)
		assert.Equal(t, kernel.DeclinedOnline, w.insert(wrongPIN))
		w.answered(message.ActionIncorrectPIN)
		w.has(newPIN)
		w.proves(newPIN)
	}},
	{rowGate, "(c) the first PIN is not entered", func(t *testing.T) {
		w := firstWaits(t)
		assert.Equal(t, kernel.DeclinedOnline, w.insert(bypassed))
		w.answered(message.ActionPINRequired)
		w.has(newPIN)
		w.proves(newPIN)
	}},
	{rowGate, "(e) the old PIN is forgotten", func(t *testing.T) {
		w := exhausted(t)
		assert.Equal(t, kernel.DeclinedOnline, w.insert(newPIN), "not before the chip has it")
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowNoGate, "tap, though an unblock waits that any insertion may fetch", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.ask("POST", "/pin/unblock", "")
		result := w.purchase(insertion{tap: true})
		require.True(t, result.RequestSent)
		assert.Empty(t, result.ScriptResults)
		w.fetchesUnblock()
	}},
	{rowWedge, "Stable, and an unblock waits", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.ask("POST", "/pin/unblock", "")
		result := w.purchase(wedged(t))
		assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(t, result.ScriptResults)
		w.fetchesUnblock()
	}},
	{rowNoGate, "the new PIN online, while tries are left", noScript(func(w *wire) {
		result := w.purchase(insertion{pins: []string{newPIN}, till: onlinePINOnly(w.t)})
		assert.Equal(w.t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(w.t, result.ScriptResults)
	})},
}
