package bench_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

// The cases of docs/pin-lifecycle.md that take a real card, kernel, link, line,
// host and store. Their numbers are those of the design. The card was personalised
// with oldPIN, except in case 26.

// The PINs that follow newPIN.
const (
	thirdPIN  = "7306"
	fourthPIN = "4917"
)

// TestWire01AnswerLost: the old PIN works again, the second insertion delivers.
func TestWire01AnswerLost(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.first.line.lose(message.KindAuthorizationResponse)
	assert.False(t, w.insert(oldPIN).Approved())
	w.has(oldPIN, newPIN)
	assert.Equal(t, "on-its-way", w.status())

	assert.True(t, w.insert(oldPIN).Approved(), "the old PIN a last time, again")
	w.has(newPIN, oldPIN)
	w.first.drained()
	assert.Equal(t, "probably-active", w.status())
	w.proves(newPIN)
}

// TestWire02PulledBeforeTheScript: the card is pulled when it has given the final
// cryptogram.
func TestWire02PulledBeforeTheScript(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "pull before PIN_CHANGE/UNBLOCK")})
	w.has(oldPIN, newPIN)
	w.first.drained()
	assert.Equal(t, "on-its-way", w.status())

	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
}

// TestWire04StatusWordLost: the card has applied the script, and nobody hears it.
func TestWire04StatusWordLost(t *testing.T) {
	for _, plan := range []string{"pull after PIN_CHANGE/UNBLOCK", "mute after PIN_CHANGE/UNBLOCK"} {
		t.Run(plan, func(t *testing.T) {
			w := newWire(t, "amex-pin")
			w.change(newPIN, "pending")
			w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, plan)})
			w.has(newPIN, oldPIN)
			w.first.drained()
			assert.Equal(t, "on-its-way", w.status())
			w.proves(newPIN)
		})
	}
}

// TestWire05AdviceLost: the next insertion is at another terminal, and the advice
// comes after the proof (case 13).
func TestWire05AdviceLost(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.first.line.dieAt(message.KindAdvice)
	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	assert.Equal(t, "on-its-way", w.status())

	w.link = w.terminal(2).link
	w.proves(newPIN)
	w.first.line.to(w.addresses.Host)
	w.first.drained()
	assert.Equal(t, "done", w.status(), "a late advice moves nothing")
}

// TestWire08ChangesWhileOneIsSent: the second and the third change come while the
// first is on its way, and did or did not arrive.
func TestWire08ChangesWhileOneIsSent(t *testing.T) {
	t.Run("not arrived", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		w.first.line.lose(message.KindAuthorizationResponse)
		w.insert(oldPIN)
		w.change(thirdPIN, "pending")
		w.change(fourthPIN, "pending")
		w.has(oldPIN, newPIN, thirdPIN, fourthPIN)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(fourthPIN, oldPIN, newPIN, thirdPIN)
		w.proves(fourthPIN)
	})
	t.Run("arrived", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "pull after PIN_CHANGE/UNBLOCK")})
		w.change(thirdPIN, "pending")
		w.change(fourthPIN, "pending")
		w.has(newPIN, oldPIN, thirdPIN, fourthPIN)
		assert.True(t, w.insert(newPIN).Approved(), "proof of the second PIN, and the fourth in the same answer")
		w.has(fourthPIN, oldPIN, newPIN, thirdPIN)
		w.proves(fourthPIN)
	})
}

// onlineFunc is a way to the issuer around another one.
type onlineFunc func(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error)

// Authorize calls f.
func (f onlineFunc) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	return f(ctx, r)
}

// TestWire09ChangeBetweenRequestAndAnswer: the answer carries the PIN of before,
// and the insertion after it the one that came between.
func TestWire09ChangeBetweenRequestAndAnswer(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	between := onlineFunc(func(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
		answer, err := w.link.Authorize(ctx, r)
		w.change(thirdPIN, "pending")
		return answer, err
	})
	assert.True(t, w.purchase(insertion{pins: []string{oldPIN}, online: between}).Outcome.Approved())
	w.has(newPIN, oldPIN, thirdPIN)
	w.first.drained()
	assert.Equal(t, "pending", w.status())

	assert.True(t, w.insert(newPIN).Approved())
	w.has(thirdPIN, oldPIN, newPIN)
	w.proves(thirdPIN)
}

// TestWire10HostRestarted: the host stops before it has the request, or after its
// commit, with the answer unsent.
func TestWire10HostRestarted(t *testing.T) {
	for name, lost := range map[string]struct {
		kind   message.Kind
		status string
	}{
		"before its commit": {message.KindAuthorizationRequest, "pending"},
		"after its commit":  {message.KindAuthorizationResponse, "on-its-way"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, "amex-pin")
			w.change(newPIN, "pending")
			w.first.line.lose(lost.kind)
			assert.False(t, w.insert(oldPIN).Approved())
			w.halt()
			w.start()
			w.has(oldPIN, newPIN)
			assert.Equal(t, lost.status, w.status())
			if answer := w.first.line.last(message.KindAuthorizationResponse); answer != nil {
				again := repeated(t, w.first.line.last(message.KindAuthorizationRequest))
				assert.True(t, string(answer) == string(exchange(t, w.addresses.Host, again)), "byte for byte")
			}
			assert.True(t, w.insert(oldPIN).Approved())
			w.has(newPIN, oldPIN)
			w.proves(newPIN)
		})
	}
}

// TestWire11TerminalRestarted: a reversal that was queued goes out before the next
// purchase.
func TestWire11TerminalRestarted(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.first.line.dieAt(message.KindAuthorizationResponse)
	assert.False(t, w.insert(oldPIN).Approved())
	w.first.line.kinds()
	w.first.shut()
	w.first.line.to(w.addresses.Host)
	w.first.boot()
	assert.True(t, w.insert(oldPIN).Approved())
	assert.Equal(t, []message.Kind{
		message.KindReversal, message.KindReversalResponse, message.KindAuthorizationRequest, message.KindAuthorizationResponse,
	}, w.first.line.kinds()[:4])
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
	w.first.drained()
	record, _ := w.records()
	assert.Equal(t, int64(2*1234), record.Spent.Amount, "the reversed purchase nets to zero")
}

// TestWire15UnblockInADeclinedAnswer: the tries are used up, the chip falls to
// online PIN, a wrong one is declined, and the answer carries the unblock.
func TestWire15UnblockInADeclinedAnswer(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.insert(wrongPIN, wrongPIN, wrongPIN)
	require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
	assert.Equal(t, true, w.ask("POST", "/pin/unblock", "")["unblock"])
	assert.Equal(t, kernel.DeclinedOnline, w.insert(wrongPIN))
	assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
	w.has(oldPIN)
	w.first.drained()
	assert.True(t, w.insert(oldPIN).Approved())
	assert.Nil(t, w.ask("GET", "/pin", "")["unblock"], "the chip's own counter proves it")
	assert.Equal(t, "done", w.status())
}

// TestWire16IssuerAuthenticationFails: a bit of the ARPC changes on the way, and
// the card takes no script.
func TestWire16IssuerAuthenticationFails(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.first.line.next(message.KindAuthorizationResponse, func(m message.Message) message.Message {
		answer := *m.(*message.AuthorizationResponse)
		answer.ICCData.Open(func(clear []byte) {
			altered := append([]byte(nil), clear...)
			if value, ok, err := tlv.Find(altered, 0x91); assert.True(t, ok && err == nil) {
				value[0] ^= 1
			}
			answer.ICCData = secret.New(altered)
		})
		return &answer
	})
	result := w.purchase(insertion{pins: []string{oldPIN}})
	assert.True(t, result.TVR.Has(emv.TVRIssuerAuthenticationFailed))
	w.has(oldPIN, newPIN)
	w.first.drained()
	assert.NotContains(t, []string{"done", "probably-active"}, w.status())

	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
}

// TestWire18ScriptRefused: a card that knows no PIN CHANGE keeps its PIN, and the
// change stays pending. One that only says so proves otherwise.
func TestWire18ScriptRefused(t *testing.T) {
	t.Run("it knows no such command", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		result := w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "swallow PIN_CHANGE/UNBLOCK answer 6D00")})
		require.Len(t, result.ScriptResults, 1)
		assert.Equal(t, emv.ScriptFailed, result.ScriptResults[0].Outcome)
		w.has(oldPIN, newPIN)
		w.first.drained()
		assert.NotContains(t, []string{"done", "probably-active"}, w.status())
		assert.True(t, w.insert(oldPIN).Approved(), "the old PIN stays valid")
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	})
	t.Run("it only says so", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "status PIN_CHANGE/UNBLOCK 6D00")})
		w.has(newPIN, oldPIN)
		w.first.drained()
		assert.NotContains(t, []string{"done", "probably-active"}, w.status())
		w.proves(newPIN)
	})
}

// TestWire19Wedge: VERIFY is answered between card and terminal. The CVR of the
// card contradicts: declined, no script, audited.
func TestWire19Wedge(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	result := w.purchase(insertion{pins: []string{wrongPIN}, wrap: faulty(t, "swallow VERIFY answer 9000")})
	assert.Equal(t, emv.CVMResults{0x44, 0x03, 0x02}, result.CVMResults, "the terminal believes it")
	assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
	assert.Empty(t, result.ScriptResults)
	w.has(oldPIN, newPIN)
	assert.Equal(t, "pending", w.status())
	_, entries := w.records()
	var audits []string
	for _, e := range entries {
		if e.Kind == "audit" {
			audits = append(audits, e.Detail)
		}
	}
	assert.Equal(t, []string{"wedge"}, audits)
}

// TestWire20NoScriptWithoutInsertion: a tap, an online order and an answer that
// somebody gives in the issuer's place leave a pending PIN as it is.
func TestWire20NoScriptWithoutInsertion(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	tapped := w.purchase(insertion{tap: true})
	require.True(t, tapped.RequestSent)
	assert.Empty(t, tapped.ScriptResults)
	assert.Equal(t, "pending", w.status())

	answer, err := message.ISO93().Unpack(exchange(t, w.addresses.Host, w.order()))
	require.NoError(t, err)
	assert.Equal(t, message.ActionApproved, answer.(*message.AuthorizationResponse).ActionCode)
	assert.True(t, answer.(*message.AuthorizationResponse).ICCData.IsZero())
	assert.Equal(t, "pending", w.status())

	standIn := onlineFunc(func(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
		return &kernel.OnlineResponse{ARC: '0'<<8 | '0'}, nil
	})
	result := w.purchase(insertion{pins: []string{oldPIN}, online: standIn})
	require.True(t, result.RequestSent)
	assert.Empty(t, result.ScriptResults)
	assert.Equal(t, "pending", w.status())
	w.has(oldPIN, newPIN)

	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
}

// TestWire20OrderWithPIN: an order that carries a PIN is refused, the right one too,
// and counts no try.
func TestWire20OrderWithPIN(t *testing.T) {
	w := newWire(t, "amex-pin")
	record := w.made.Image.Applications[0]
	for _, digits := range []string{oldPIN, wrongPIN} {
		answer, err := w.link.Order(t.Context(), link.Order{
			PAN: record.PAN, SequenceNumber: record.SequenceNumber, HasSequenceNumber: true,
			Expiry: account.Expiry{Year: 2035, Month: 12}, Amount: 999, PIN: mustPIN(t, digits),
		})
		require.NoError(t, err)
		assert.Equal(t, message.ActionFormatError, answer.ActionCode)
	}
	card, _ := w.records()
	assert.Zero(t, card.Tries)
	assert.Zero(t, card.Spent.Amount)
}

// order is the request of an online order with the card: card-not-present, without
// PIN and chip data.
func (w *wire) order() []byte {
	w.t.Helper()
	data, err := message.ParsePOSDataCode("100050100140")
	require.NoError(w.t, err)
	record := w.made.Image.Applications[0]
	m := &message.AuthorizationRequest{
		Header: message.Header{
			Transmission: message.TransmissionDateTimeOf(now), STAN: 1, Local: message.LocalDateTimeOf(now),
			Terminal: "SHOP0001", CardAcceptor: "SHOP",
		},
		Transaction: message.Transaction{
			PAN: record.PAN, SequenceNumber: record.SequenceNumber, HasSequenceNumber: true, Expiry: account.Expiry{Year: 2035, Month: 12},
			Amount: 999, Currency: 840, POSDataCode: data, FunctionCode: message.OriginalAuthorization,
		},
	}
	b, err := message.ISO93().Pack(m)
	require.NoError(w.t, err)
	return b
}

// TestWire21Trap: the proof of the second PIN and the sending of the third fall
// into one answer, which is lost. The chip shows the same count again, which is no
// proof of the third.
func TestWire21Trap(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.first.drained()
	w.change(thirdPIN, "pending")
	w.first.line.lose(message.KindAuthorizationResponse)
	assert.False(t, w.insert(newPIN).Approved(), "proof of the second, and the third is sent")
	w.has(newPIN, oldPIN, thirdPIN)
	assert.Equal(t, "on-its-way", w.status())

	answered := onlineFunc(func(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
		answer, err := w.link.Authorize(ctx, r)
		assert.Equal(t, "on-its-way", w.status(), "the count proves nothing of the third")
		return answer, err
	})
	assert.True(t, w.purchase(insertion{pins: []string{newPIN}, online: answered}).Outcome.Approved())
	w.has(thirdPIN, oldPIN, newPIN)
	w.proves(thirdPIN)
}

// TestWire26FirstPINAndChange: a PIN is created, works once, and is changed: it is
// used a last time, and the change is delivered in that same insertion.
func TestWire26FirstPINAndChange(t *testing.T) {
	w := newWire(t, "amex")
	assert.Equal(t, "first-pending", w.ask("POST", "/pin", `{"pin":"`+newPIN+`"}`)["pin"])
	assert.True(t, w.insert(newPIN).Approved())
	w.has(newPIN)
	w.first.drained()
	w.change(thirdPIN, "pending")
	assert.True(t, w.insert(newPIN).Approved(), "a last time")
	w.has(thirdPIN, newPIN)
	w.proves(thirdPIN)
}
