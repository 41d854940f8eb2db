package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/kernel"
)

const (
	rowRetry    = "Held | operator's retry, or a change"
	rowClosed   = "any | card replaced or closed"
	rowRestored = "any | state restored from a backup"
)

// closes checks that a card in a phase is ended by an operator: all but the proven
// generation is erased, and nothing goes out any more.
func closes(from func(*testing.T) *wire, chip string) func(*testing.T) {
	return func(t *testing.T) {
		w := from(t)
		w.act("close")
		w.stands("closed", chip)
		result := w.purchase(insertion{pins: []string{chip}})
		assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(t, result.ScriptResults)
		assert.Equal(t, "ended", w.status())
		w.stands("closed", chip)
		record, _ := w.records()
		assert.Empty(t, record.PINs)
		assert.True(t, record.PIN.Closed)
	}
}

// operatorRows are those of what happens at the issuer itself.
var operatorRows = []rowCase{
	{rowRetry, "retry", func(t *testing.T) {
		w := held(t)
		w.act("retry")
		w.stands("pending", oldPIN, newPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowRetry, "retry, with all attempts again", func(t *testing.T) {
		w := held(t)
		w.act("retry")
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "swallow PIN_CHANGE/UNBLOCK answer 6D00")})
		w.first.drained()
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowRetry, "change", func(t *testing.T) {
		w := held(t)
		w.change(thirdPIN, "pending")
		w.stands("pending", oldPIN, newPIN, thirdPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(thirdPIN, oldPIN)
		w.proves(thirdPIN)
		w.stands("stable", thirdPIN, oldPIN)
	}},
	{rowClosed, "Stable", closes(func(t *testing.T) *wire { return newWire(t, "amex-pin") }, oldPIN)},
	{rowClosed, "Pending", closes(pending, oldPIN)},
	{rowClosed, "Sent", closes(sentAndApplied, newPIN)},
	{rowClosed, "Held", closes(held, oldPIN)},
	{rowRestored, "Stable: no PIN counts online", func(t *testing.T) {
		w := unsure(t)
		assert.Equal(t, []string{"restored from backup"}, w.audits())
		assert.Equal(t, "set-again", w.status())
		w.insert(wrongPIN, wrongPIN, wrongPIN)
		require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
		assert.Equal(t, kernel.DeclinedOnline, w.insert(oldPIN), "the right one, online: nobody knows")
		assert.Equal(t, "unsure", w.phase())
	}},
	{rowRestored, "Sent, and what was sent arrived after the backup", restoredWhileSent},
	{rowRestored, "Closed stays closed", func(t *testing.T) {
		w := pending(t)
		w.act("close")
		w.restore(w.backUp())
		w.stands("closed", oldPIN)
		assert.Equal(t, []string{"restored from backup"}, w.audits())
	}},
}

// restoredWhileSent is case 30: the backup is made while newPIN is on its way, the
// chip takes it later, and the count that it shows then proves nothing to the
// issuer that was restored.
func restoredWhileSent(t *testing.T) {
	w := sentAndLost(t)
	from := w.backUp()
	assert.True(t, w.insert(oldPIN).Approved(), "sent again")
	w.first.drained()
	w.stands("claimed", newPIN, oldPIN)

	w.restore(from)
	w.stands("unsure", newPIN, oldPIN)
	assert.Equal(t, []string{"restored from backup"}, w.audits())
	assert.Equal(t, "set-again", w.status())
	result := w.purchase(insertion{pins: []string{newPIN}})
	assert.True(t, result.Outcome.Approved(), "the chip's own word on its PIN is good")
	assert.Empty(t, result.ScriptResults)
	w.stands("unsure", newPIN, oldPIN)

	w.ask("POST", "/pin", setThird)
	w.stands("pending", newPIN, thirdPIN)
	assert.True(t, w.insert(newPIN).Approved())
	w.has(thirdPIN, newPIN, oldPIN)
	w.proves(thirdPIN)
	w.stands("stable", thirdPIN, newPIN, oldPIN)
}
