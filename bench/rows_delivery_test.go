package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

const (
	rowGate    = "Pending | contact request through the gate (section 5)"
	rowNoGate  = "Pending | tap, order, wrong or no PIN, bad cryptogram, card not active"
	rowWedge   = "any | the terminal claims a good offline PIN, the chip does not"
	rowRepeat  = "any | the same request again"
	rowSilence = "Sent, Claimed | reversal, time-out, advice of anything but success"
	rowClaim   = "Sent | advice of success for the last item, with the right final cryptogram"
)

// noScript checks that a pending PIN stays where it is whatever do does, and goes
// out afterwards.
func noScript(do func(w *wire)) func(*testing.T) {
	return func(t *testing.T) {
		w := pending(t)
		do(w)
		w.stands("pending", oldPIN, newPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}
}

// altered returns chip data of a message with a data object changed in place.
func altered(t *testing.T, v secret.Value, tag emv.Tag, change func(value []byte)) (out secret.Value) {
	t.Helper()
	v.Open(func(clear []byte) {
		b := append([]byte(nil), clear...)
		if value, ok, err := tlv.Find(b, tag); assert.True(t, ok && err == nil) {
			change(value)
		}
		out = secret.New(b)
	})
	return out
}

// wedged is an insertion whose VERIFY somebody answers in the card's place.
func wedged(t *testing.T) insertion {
	return insertion{pins: []string{wrongPIN}, wrap: faulty(t, "swallow VERIFY answer 9000")}
}

// deliveryRows are those of what goes out, and of what is said about it.
var deliveryRows = []rowCase{
	{rowGate, "the answer is lost", func(t *testing.T) {
		w := pending(t)
		w.first.line.lose(message.KindAuthorizationResponse)
		assert.False(t, w.insert(oldPIN).Approved())
		w.stands("sent", oldPIN, newPIN)
	}},
	{rowGate, "the answer arrives", func(t *testing.T) {
		w := pending(t)
		w.first.line.dieAt(message.KindAdvice)
		assert.True(t, w.insert(oldPIN).Approved())
		w.stands("sent", newPIN, oldPIN)
	}},
	{rowNoGate, "tap", noScript(func(w *wire) {
		result := w.purchase(insertion{tap: true})
		require.True(w.t, result.RequestSent)
		assert.Empty(w.t, result.ScriptResults)
	})},
	{rowNoGate, "order", noScript(func(w *wire) {
		answer, err := message.ISO93().Unpack(exchange(w.t, w.addresses.Host, w.order()))
		require.NoError(w.t, err)
		assert.Equal(w.t, message.ActionApproved, answer.(*message.AuthorizationResponse).ActionCode)
	})},
	{rowNoGate, "wrong PIN, offline until the tries are used up and then online", func(t *testing.T) {
		w := pending(t)
		assert.False(t, w.insert(wrongPIN, wrongPIN, wrongPIN).Approved())
		require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
		result := w.purchase(insertion{pins: []string{wrongPIN}})
		require.True(t, result.RequestSent)
		assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(t, result.ScriptResults)
		assert.Equal(t, "pending", w.phase())
		assert.Zero(t, open(t, w.chip).Status()[0].TriesLeft, "the chip got nothing")
	}},
	{rowNoGate, "no PIN", noScript(func(w *wire) {
		result := w.purchase(insertion{pins: []string{bypassed}})
		require.True(w.t, result.RequestSent)
		assert.Empty(w.t, result.ScriptResults)
	})},
	{rowNoGate, "bad cryptogram", noScript(func(w *wire) {
		w.first.line.next(message.KindAuthorizationRequest, func(m message.Message) message.Message {
			request := *m.(*message.AuthorizationRequest)
			request.ICCData = altered(w.t, request.ICCData, 0x9F26, func(ac []byte) { ac[0] ^= 1 })
			return &request
		})
		result := w.purchase(insertion{pins: []string{oldPIN}})
		assert.False(w.t, result.Outcome.Approved())
		assert.Empty(w.t, result.ScriptResults)
	})},
	{rowNoGate, "card not active", noScript(func(w *wire) {
		w.act("block")
		result := w.purchase(insertion{pins: []string{oldPIN}})
		assert.Equal(w.t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(w.t, result.ScriptResults)
		assert.Equal(w.t, "pending", w.phase())
		w.act("unblock")
	})},
	{rowWedge, "Pending", noScript(func(w *wire) {
		result := w.purchase(wedged(w.t))
		assert.Equal(w.t, kernel.DeclinedOnline, result.Outcome)
		assert.Empty(w.t, result.ScriptResults)
		assert.Equal(w.t, []string{"wedge"}, w.audits())
	})},
	{rowWedge, "Sent: the evidence counts all the same", func(t *testing.T) {
		w := sentAndApplied(t)
		assert.Equal(t, kernel.DeclinedOnline, w.purchase(wedged(t)).Outcome)
		assert.Equal(t, []string{"wedge"}, w.audits())
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowRepeat, "Sent", func(t *testing.T) {
		w := pending(t)
		w.first.line.lose(message.KindAuthorizationResponse)
		w.insert(oldPIN)
		answer := w.first.line.last(message.KindAuthorizationResponse)
		again := repeated(t, w.first.line.last(message.KindAuthorizationRequest))
		assert.True(t, string(answer) == string(exchange(t, w.addresses.Host, again)), "byte for byte")
		w.stands("sent", oldPIN, newPIN)
	}},
	{rowRepeat, "Stable, long after", func(t *testing.T) {
		w := claimed(t)
		answer := w.first.line.last(message.KindAuthorizationResponse)
		again := repeated(t, w.first.line.last(message.KindAuthorizationRequest))
		w.proves(newPIN)
		assert.True(t, string(answer) == string(exchange(t, w.addresses.Host, again)), "byte for byte")
		w.stands("stable", newPIN, oldPIN)
	}},
	{rowSilence, "Sent, reversal and time-out", func(t *testing.T) {
		w := pending(t)
		w.first.line.lose(message.KindAuthorizationResponse)
		w.insert(oldPIN)
		w.first.drained()
		assert.Contains(t, w.first.line.kinds(), message.KindReversalResponse)
		w.stands("sent", oldPIN, newPIN)
	}},
	{rowSilence, "Sent, advice of a failure", func(t *testing.T) {
		w := pending(t)
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "status PIN_CHANGE/UNBLOCK 6D00")})
		w.first.drained()
		assert.Contains(t, w.first.line.kinds(), message.KindAdviceResponse)
		w.stands("sent", newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowSilence, "Sent, advice of a success without the card's word", func(t *testing.T) {
		w := pending(t)
		w.first.line.next(message.KindAdvice, func(m message.Message) message.Message {
			advice := *m.(*message.Advice)
			advice.ICCData = altered(t, advice.ICCData, 0x9F26, func(ac []byte) { ac[0] ^= 1 })
			return &advice
		})
		assert.True(t, w.insert(oldPIN).Approved())
		w.first.drained()
		w.stands("sent", newPIN, oldPIN)
		w.proves(newPIN)
	}},
	{rowSilence, "Claimed, advice of a failure", func(t *testing.T) {
		w := claimed(t)
		m, err := message.ISO93().Unpack(w.first.line.last(message.KindAdvice))
		require.NoError(t, err)
		advice := m.(*message.Advice)
		advice.STAN += 500
		advice.ICCData = altered(t, advice.ICCData, 0x9F5B, func(results []byte) { results[0] = results[0]&0x0F | 0x10 })
		packed, err := message.ISO93().Pack(advice)
		require.NoError(t, err)
		answer, err := message.ISO93().Unpack(exchange(t, w.addresses.Host, packed))
		require.NoError(t, err)
		assert.Equal(t, message.KindAdviceResponse, answer.Kind())
		w.stands("claimed", newPIN, oldPIN)
	}},
	{rowClaim, "advice", func(t *testing.T) {
		w := claimed(t)
		assert.Equal(t, "probably-active", w.status())
		record, _ := w.records()
		assert.Equal(t, record.PIN.Newest, record.PIN.Reference(), "the new PIN is the reference")
		assert.Len(t, record.PINs, 2, "the old one stays a candidate")
	}},
}
