package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/issuer/message"
)

const (
	rowProof   = "Sent, Claimed | contact request with proof (section 4)"
	rowNoProof = "Sent, Claimed | contact request without proof"
	rowUsedUp  = "Sent, Claimed | as many attempts without proof as the policy allows"
	rowOldATC  = "any | chip request whose ATC is not above the highest"
	rowLate    = "any | advice or reversal of an older transaction"
)

// proof checks that the next insertion proves newPIN and erases all others.
func proof(from func(*testing.T) *wire) func(*testing.T) {
	return func(t *testing.T) {
		w := from(t)
		w.proves(newPIN)
		w.stands("stable", newPIN, oldPIN)
		record, _ := w.records()
		assert.Equal(t, record.PIN.Newest, record.PIN.Proven)
		assert.Len(t, record.PINs, 1)
	}
}

// newerGoesOut checks that a change made meanwhile goes out in the answer to the
// request with the proof.
func newerGoesOut(from func(*testing.T) *wire) func(*testing.T) {
	return func(t *testing.T) {
		w := from(t)
		w.change(thirdPIN, "pending")
		assert.True(t, w.insert(newPIN).Approved())
		w.first.drained()
		w.stands("claimed", thirdPIN, newPIN, oldPIN)
		w.proves(thirdPIN)
		w.stands("stable", thirdPIN, newPIN, oldPIN)
	}
}

// copied checks that a copy of the card, made before it was used, is found by its
// ATC and changes nothing.
func copied(from func(*testing.T) *wire, phase, chip string) func(*testing.T) {
	return func(t *testing.T) {
		w := newWire(t, "amex-pin")
		if from != nil {
			w = from(t)
		}
		duplicate := copyOf(t, w.chip)
		assert.False(t, w.purchase(insertion{tap: true}).ReversalDue, "the card itself is used, and its ATC rises")
		result, _ := insertion{chip: open(t, duplicate), online: w.link, pins: []string{chip}}.run(t)
		assert.NoError(t, w.link.Completed(t.Context(), result))
		assert.False(t, result.Outcome.Approved())
		assert.Empty(t, result.ScriptResults)
		assert.Equal(t, []string{"ATC not new"}, w.audits())
		w.stands(phase, chip)
		assert.True(t, accepts(t, duplicate, chip), "the copy got nothing either")
	}
}

// evidenceRows are those of what the chip says, and when it counts.
var evidenceRows = []rowCase{
	{rowProof, "Sent", proof(sentAndApplied)},
	{rowProof, "Claimed", proof(claimed)},
	{rowProof, "Sent, and a newer one goes out in this answer", newerGoesOut(sentAndApplied)},
	{rowProof, "Claimed, and a newer one goes out in this answer", newerGoesOut(claimed)},
	{rowNoProof, "Sent: sent again", func(t *testing.T) {
		w := sentAndLost(t)
		w.first.line.lose(message.KindAuthorizationResponse)
		assert.False(t, w.insert(oldPIN).Approved())
		w.stands("sent", oldPIN, newPIN)
		record, _ := w.records()
		assert.EqualValues(t, 1, record.PIN.Attempts)
		w.start()
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowNoProof, "Claimed: refuted, with an alarm", func(t *testing.T) {
		w := pending(t)
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "swallow PIN_CHANGE/UNBLOCK answer 9000")})
		w.first.drained()
		w.stands("claimed", oldPIN, newPIN)
		w.first.line.lose(message.KindAuthorizationResponse)
		w.insert(oldPIN)
		assert.Equal(t, []string{"claim refuted"}, w.audits())
		w.stands("sent", oldPIN, newPIN)
		record, _ := w.records()
		assert.Equal(t, record.PIN.Proven, record.PIN.Reference(), "the reference goes back")
		w.start()
		assert.True(t, w.insert(oldPIN).Approved(), "sent again")
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowUsedUp, "five of them", func(t *testing.T) {
		w := held(t)
		assert.Equal(t, []string{"attempts used up"}, w.audits())
		assert.Equal(t, "held", w.status())
		result := w.purchase(insertion{pins: []string{oldPIN}})
		assert.True(t, result.Outcome.Approved())
		assert.Empty(t, result.ScriptResults, "nothing more is sent")
		w.stands("held", oldPIN, newPIN)
	}},
	{rowOldATC, "Stable", copied(nil, "stable", oldPIN)},
	{rowOldATC, "Pending", copied(pending, "pending", oldPIN)},
	{rowOldATC, "Sent", copied(sentAndApplied, "sent", newPIN)},
	{rowLate, "advice after the proof", func(t *testing.T) {
		w := pending(t)
		w.first.line.dieAt(message.KindAdvice)
		assert.True(t, w.insert(oldPIN).Approved())
		w.link = w.terminal(2).link
		w.proves(newPIN)
		w.first.line.to(w.addresses.Host)
		w.first.drained()
		assert.Contains(t, w.first.line.kinds(), message.KindAdviceResponse)
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowLate, "reversal after the next request", func(t *testing.T) {
		w := pending(t)
		w.first.line.dieAt(message.KindAuthorizationResponse)
		w.insert(oldPIN)
		second := w.terminal(2)
		w.link = second.link
		assert.True(t, w.insert(oldPIN).Approved())
		second.drained()
		w.stands("claimed", newPIN, oldPIN)
		w.first.line.to(w.addresses.Host)
		w.first.drained()
		assert.Contains(t, w.first.line.kinds(), message.KindReversalResponse)
		w.stands("claimed", newPIN, oldPIN)
	}},
}
