package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestPINManagementOverTheWire brings a changed PIN to the card in a transaction of
// its own, without an amount: the terminal says that it is done, nothing is spent,
// and the next purchase proves it.
func TestPINManagementOverTheWire(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	result := w.purchase(insertion{pins: []string{oldPIN}, kind: emv.PINChange})
	assert.Equal(t, kernel.Done, result.Outcome, result.Reason)
	assert.False(t, result.ReversalDue)
	assert.True(t, result.TSI.Has(emv.TSIScriptProcessingPerformed))
	w.has(newPIN, oldPIN)
	w.first.drained()
	w.proves(newPIN)

	// There is no script for a second one.
	result = w.purchase(insertion{pins: []string{newPIN}, kind: emv.PINChange})
	assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
	assert.Equal(t, "the issuer sent no script", result.Reason)
	w.first.drained()

	record, _ := w.records()
	assert.Equal(t, int64(1234), record.Spent.Amount, "of the purchase alone")
}

// TestPINUnblockOverTheWire gives the card its tries back.
func TestPINUnblockOverTheWire(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.insert(wrongPIN, wrongPIN, wrongPIN)
	require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
	w.ask("POST", "/pin/unblock", "")
	result := w.purchase(insertion{pins: []string{oldPIN}, kind: emv.PINUnblock})
	assert.Equal(t, kernel.Done, result.Outcome, result.Reason)
	assert.True(t, result.TVR.Has(emv.TVRPINTryLimitExceeded), "as it was before")
	assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
}

// TestPINManagementRefused: the card takes no script, and the terminal does not say
// that it is done.
func TestPINManagementRefused(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	result := w.purchase(insertion{pins: []string{oldPIN}, kind: emv.PINChange, wrap: faulty(t, "swallow PIN_CHANGE/UNBLOCK answer 6988")})
	assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
	assert.Equal(t, "the card did not carry out the issuer's script", result.Reason)
	assert.False(t, result.ReversalDue, "there is nothing to reverse")
	w.has(oldPIN, newPIN)
}

// TestQuickChipDeliversNothing: a pending PIN survives it, and the issuer's answer
// to the next insertion elsewhere delivers it.
func TestQuickChipDeliversNothing(t *testing.T) {
	p, err := profile.Named("quick-chip")
	require.NoError(t, err)
	quick, err := kernel.New(kernel.Config{Profile: p})
	require.NoError(t, err)
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	result := w.purchase(insertion{pins: []string{oldPIN}, till: quick})
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	assert.Empty(t, result.ScriptResults)
	assert.False(t, result.ReversalDue)
	w.has(oldPIN, newPIN)
	assert.NotContains(t, []string{"done", "probably-active"}, w.status())
	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
}
