package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// The ways into the phases from which a row begins. Each leaves oldPIN on the chip,
// but for claimed and sent, which the name says.

// pending is a card with oldPIN for which newPIN waits.
func pending(t *testing.T) *wire {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.stands("pending", oldPIN, newPIN)
	return w
}

// sentAndLost is a card whose newPIN went out and did not arrive.
func sentAndLost(t *testing.T) *wire {
	w := pending(t)
	w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "pull before PIN_CHANGE/UNBLOCK")})
	w.first.drained()
	w.stands("sent", oldPIN, newPIN)
	return w
}

// sentAndApplied is a card that took newPIN, of which nobody heard.
func sentAndApplied(t *testing.T) *wire {
	w := pending(t)
	w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "pull after PIN_CHANGE/UNBLOCK")})
	w.first.drained()
	w.stands("sent", newPIN, oldPIN)
	return w
}

// claimed is a card that took newPIN, as its terminal reports.
func claimed(t *testing.T) *wire {
	w := pending(t)
	assert.True(t, w.insert(oldPIN).Approved())
	w.first.drained()
	w.stands("claimed", newPIN, oldPIN)
	return w
}

// held is a card that refused newPIN as often as the policy allows.
func held(t *testing.T) *wire {
	w := pending(t)
	for range pinlife.DefaultPolicy().AttemptsMax {
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "swallow PIN_CHANGE/UNBLOCK answer 6D00")})
		w.first.drained()
		w.stands("sent", oldPIN, newPIN)
	}
	assert.True(t, w.insert(oldPIN).Approved(), "it shows that the last one did not arrive either")
	w.stands("held", oldPIN, newPIN)
	return w
}

// unsure is a card whose issuer was restored.
func unsure(t *testing.T) *wire {
	w := newWire(t, "amex-pin")
	w.restore(w.backUp())
	w.stands("unsure", oldPIN)
	return w
}

// changes checks that a change in any phase makes the new generation the pending one,
// with all attempts before it.
func changes(from func(*testing.T) *wire, chip string) func(*testing.T) {
	return func(t *testing.T) {
		w := from(t)
		w.change(thirdPIN, "pending")
		w.has(chip, thirdPIN)
		record, _ := w.records()
		assert.Equal(t, record.PIN.Newest, record.PIN.Pending)
		assert.Zero(t, record.PIN.Attempts)
		assert.False(t, record.PIN.Held)
	}
}

const (
	rowCreated    = "Unset, Unsure | PIN created"
	rowChanged    = "all but Unset and Closed | PIN changed"
	rowChangeBack = "Pending, nothing sent since the last proof | changed back to the reference"
	rowUnblock    = "any but Unset, Held, Unsure, Closed | unblock asked"
)

const (
	setNew   = `{"pin":"` + newPIN + `","password":"` + storyPassword + `"}`
	setThird = `{"pin":"` + thirdPIN + `"}`
)

// holderRows are those of what the holder asks for.
var holderRows = []rowCase{
	{rowCreated, "Unset", func(t *testing.T) {
		w := newWire(t, "amex")
		assert.Equal(t, "unset", w.phase())
		w.ask("POST", "/pin", setNew)
		assert.Equal(t, "pending", w.phase())
		assert.False(t, accepts(t, w.chip, newPIN), "the chip has none")
		w.refused("pin-exists", "POST", "/pin", setThird)
		assert.True(t, w.insert(newPIN).Approved())
		w.has(newPIN)
		w.proves(newPIN)
		w.stands("stable", newPIN)
	}},
	{rowCreated, "Unsure", func(t *testing.T) {
		w := unsure(t)
		w.ask("POST", "/pin", setNew)
		w.stands("pending", oldPIN, newPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowChanged, "Stable", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.stands("stable", oldPIN)
		w.change(newPIN, "pending")
		w.stands("pending", oldPIN, newPIN)
	}},
	{rowChanged, "Pending", func(t *testing.T) {
		w := pending(t)
		w.change(thirdPIN, "pending")
		w.stands("pending", oldPIN, newPIN, thirdPIN)
		record, _ := w.records()
		assert.Len(t, record.PINs, 2, "the one that never went out is erased")
	}},
	{rowChanged, "Sent, not arrived", changes(sentAndLost, oldPIN)},
	{rowChanged, "Sent, arrived", changes(sentAndApplied, newPIN)},
	{rowChanged, "Claimed", changes(claimed, newPIN)},
	{rowChanged, "Sent, back to the old PIN", func(t *testing.T) {
		w := claimed(t)
		w.proves(newPIN)
		w.change(thirdPIN, "pending")
		w.purchase(insertion{pins: []string{newPIN}, wrap: faulty(t, "pull before PIN_CHANGE/UNBLOCK")})
		w.first.drained()
		w.stands("sent", newPIN, thirdPIN)
		w.change(newPIN, "pending") // nobody knows what the chip has: it goes out like any other
		record, _ := w.records()
		assert.Equal(t, record.PIN.Newest, record.PIN.Pending)
	}},
	{rowChanged, "Held", changes(held, oldPIN)},
	{rowChanged, "Unsure", changes(unsure, oldPIN)},
	{rowChanged, "Unset and Closed are refused", func(t *testing.T) {
		w := newWire(t, "amex")
		w.refused("no-pin", "PUT", "/pin", setNew)
		assert.Equal(t, "unset", w.phase())
		w.act("close")
		w.refused("card-not-usable", "PUT", "/pin", setNew)
		assert.Equal(t, "closed", w.phase())
	}},
	{rowChangeBack, "before it went out", func(t *testing.T) {
		w := claimed(t)
		w.proves(newPIN)
		w.change(thirdPIN, "pending")
		w.stands("pending", newPIN, thirdPIN)
		w.change(newPIN, "done")
		w.stands("stable", newPIN, thirdPIN)
		result := w.purchase(insertion{pins: []string{newPIN}})
		assert.True(t, result.Outcome.Approved())
		assert.Empty(t, result.ScriptResults, "nothing goes out")
		w.stands("stable", newPIN, thirdPIN)
	}},
	{rowUnblock, "Stable", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.insert(wrongPIN, wrongPIN, wrongPIN)
		require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
		assert.Equal(t, true, w.ask("POST", "/pin/unblock", "")["unblock"])
		assert.Equal(t, "stable", w.phase())
		w.insert(wrongPIN)
		assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
		w.first.drained()
		w.stands("sent", oldPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.stands("stable", oldPIN)
	}},
	{rowUnblock, "Pending: the change goes out, and gives the tries back", func(t *testing.T) {
		w := pending(t)
		w.insert(wrongPIN, wrongPIN, wrongPIN)
		require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
		w.ask("POST", "/pin/unblock", "")
		assert.Equal(t, "pending", w.phase())
		w.insert(wrongPIN)
		assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowUnblock, "Unset, Held, Unsure and Closed are refused", func(t *testing.T) {
		w := newWire(t, "amex")
		w.refused("no-pin", "POST", "/pin/unblock", "")
		w = held(t)
		w.refused("call-us", "POST", "/pin/unblock", "")
		w.stands("held", oldPIN)
		w = unsure(t)
		w.refused("set-again", "POST", "/pin/unblock", "")
		w.stands("unsure", oldPIN)
		w.act("close")
		w.refused("card-not-usable", "POST", "/pin/unblock", "")
		w.stands("closed", oldPIN)
	}},
}
