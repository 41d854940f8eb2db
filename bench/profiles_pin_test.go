package bench_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

// scheme founds an issuer with the card of a profile, at a terminal that takes it.
func scheme(t *testing.T, name string) *wire {
	t.Helper()
	w := newWire(t, name)
	w.kernel = schemes(t, "demo")
	return w
}

// TestPINOfEveryScheme: two changes of the PIN in a row are delivered and proven, by
// the issuer over the wire, for each row of cryptograms and scripts. The proof of the
// first comes in the request whose answer takes the second, so that a script count
// that is cleared, and one that runs on, both stand at another base.
func TestPINOfEveryScheme(t *testing.T) {
	for _, name := range []string{"amex-pin", "amex-sda", "amex-no-oda", "visa-cvn10", "visa-cvn18", "visa-cvn22", "mc-cvn16", "mc-cvn17", "mc-cvn20", "mc-cvn21", "ccd"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := scheme(t, name)
			w.change("8361", "pending")
			require.True(t, w.insert("1234").Approved(), "the old PIN a last time")
			w.change("9272", "pending")
			require.True(t, w.insert("8361").Approved(), "the proof of the first, and the second")
			w.proves("9272")
			w.has("9272", "1234", "8361")
		})
	}
}

// TestCyclicCounter takes the script counter of a Mastercard-style card once around:
// each change is proven by the step from the base, the one from 15 to 0 included.
// A lost answer, after which the count stands still, proves nothing.
func TestCyclicCounter(t *testing.T) {
	w := scheme(t, "mc-cvn20")
	pin := "1234"
	for n := range 18 {
		next := fmt.Sprintf("8%02d1", n)
		w.change(next, "pending")
		require.True(t, w.insert(pin).Approved(), "change %d", n)
		pin = next
	}
	w.proves(pin)

	w.change("9272", "pending")
	w.first.line.lose(message.KindAuthorizationResponse)
	w.insert(pin)
	require.True(t, w.insert(pin).Approved(), "the old PIN still, and the script again")
	w.proves("9272")
	card, _ := w.records()
	assert.Equal(t, uint8(0), card.PIN.Attempts)
}

// TestCardWithoutScripts: a card that answers 6D00 keeps its PIN, and the change stays
// with the issuer until it gives up.
func TestCardWithoutScripts(t *testing.T) {
	w := scheme(t, "amex-no-scripts")
	w.change("8361", "pending")
	for range 2 {
		require.True(t, w.insert("1234").Approved())
		assert.Contains(t, []string{"on-its-way", "pending"}, w.status())
	}
	w.has("1234", "8361")
}

// TestBlockedPIN: the holder's unblock reaches a card whose tries are used up, and the
// old PIN works offline again.
func TestBlockedPIN(t *testing.T) {
	w := scheme(t, "amex-pin-blocked")
	assert.Equal(t, true, w.ask("POST", "/pin/unblock", "")["unblock"])
	require.Equal(t, emv.CVMOnlinePIN, w.buy("1234").CVMResults.Rule().Code.Method())
	result := w.buy("1234")
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome)
	assert.Equal(t, emv.CVMEncipheredPIN, result.CVMResults.Rule().Code.Method())
}

// TestRefusedCards: what the issuer over the wire makes of cards that are not as they
// should be.
func TestRefusedCards(t *testing.T) {
	for name, journal := range map[string]string{
		"amex-clone":   "cryptogram is wrong",
		"amex-expired": "expired",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := scheme(t, name)
			assert.False(t, w.insert("1234", "1234", "1234", "1234").Approved())
			_, entries := w.records()
			var seen []string
			for _, e := range entries {
				seen = append(seen, e.Kind+": "+e.Detail)
			}
			assert.Contains(t, fmt.Sprint(seen), journal)
		})
	}
}
