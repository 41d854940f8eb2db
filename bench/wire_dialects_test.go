package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

// looks are every dialect in its own framing, and every framing with a dialect.
func looks(t *testing.T) map[string]look {
	t.Helper()
	all := map[string]look{}
	for _, name := range message.Names() {
		d, err := message.Named(name)
		require.NoError(t, err)
		all[name] = look{d, d.Framing()}
	}
	dialects := message.Names()
	for i, name := range message.FramingNames() {
		f, err := message.FramingNamed(name)
		require.NoError(t, err)
		d, err := message.Named(dialects[i%len(dialects)])
		require.NoError(t, err)
		all[d.Name()+" in "+name] = look{d, f}
	}
	return all
}

// TestMainCasesInEachDialect: the first PIN, a change, the old PIN a last time, the new
// one, an order and a reversal, over TCP.
func TestMainCasesInEachDialect(t *testing.T) {
	for name, as := range looks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mainCases(t, as)
		})
	}
}

// TestMainCasesAuthenticated: the same with a message authentication code in each
// message, and nothing without one gets through.
func TestMainCasesAuthenticated(t *testing.T) {
	for n, name := range message.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := message.Named(name)
			require.NoError(t, err)
			key := macKey(t, n%2 == 0)
			w := mainCases(t, look{d, d.Framing()}, func(w *wire) { w.macKey = key })
			for _, k := range []message.Kind{
				message.KindAuthorizationRequest, message.KindAuthorizationResponse, message.KindAdvice, message.KindAdviceResponse,
				message.KindReversal, message.KindReversalResponse,
			} {
				assert.NoError(t, d.CheckMAC(w.first.line.last(k), key), k)
			}
		})
	}
}

// TestMACKeysDiffer: terminal and issuer have other keys. Nothing is booked, nothing is
// settled, and both say why; with the right key what is due goes out.
func TestMACKeysDiffer(t *testing.T) {
	w := newWire(t, "amex-pin", func(w *wire) { w.macKey = macKey(t, true) })
	right := w.macKey
	w.first.shut()
	w.macKey = macKey(t, false)
	w.first.boot()
	result := w.insert(oldPIN)
	assert.False(t, result.Approved())
	w.first.shut()
	assert.Contains(t, string(w.log.content()), `reason="message authentication code is missing or wrong"`)
	assert.Contains(t, string(w.log.content()), "read answer: message authentication code is missing or wrong")
	w.macKey = right
	w.first.boot()
	w.first.drained()
	assert.True(t, w.insert(oldPIN).Approved())
	w.first.drained()
	record, entries := w.records()
	assert.Equal(t, int64(1234), record.Spent.Amount)
	assert.Empty(t, audits(entries))
}

// macKey is a key for message authentication codes.
func macKey(t *testing.T, tdes bool) secret.Key {
	t.Helper()
	parse := secret.NewAES
	if tdes {
		parse = secret.NewTDES
	}
	key, err := parse([]byte("fedcba9876543210"))
	require.NoError(t, err)
	return key
}

func mainCases(t *testing.T, as look, changes ...func(*wire)) *wire {
	t.Helper()
	w := newWireIn(t, "amex", as, changes...)
	carriesResults := as.dialect != message.AGNS93()
	w.ask("POST", "/pin", `{"pin":"`+newPIN+`"}`)
	assert.True(t, w.insert(newPIN).Approved(), "the first PIN, online")
	w.has(newPIN, thirdPIN)
	w.first.drained()
	w.requireClaim(carriesResults)

	w.change(thirdPIN, "pending")
	assert.True(t, w.insert(newPIN).Approved(), "the old PIN a last time")
	w.has(thirdPIN, newPIN)
	w.first.drained()
	w.requireClaim(carriesResults)
	w.proves(thirdPIN)

	w.requireOrder()
	w.first.line.lose(message.KindAuthorizationResponse)
	assert.False(t, w.insert(thirdPIN).Approved())
	assert.True(t, w.insert(thirdPIN).Approved(), "behind the reversal")
	w.first.drained()
	w.requireDescribed()
	record, entries := w.records()
	assert.Equal(t, int64(4*1234+999), record.Spent.Amount, "the reversed purchase nets to zero")
	assert.Empty(t, audits(entries))
	return w
}

// requireClaim checks what is known after the advice: a dialect that has no place for
// script results leaves a PIN on its way until the chip's proof.
func (w *wire) requireClaim(carriesResults bool) {
	w.t.Helper()
	want := "on-its-way"
	if carriesResults {
		want = "probably-active"
	}
	assert.Equal(w.t, want, w.status())
}

// requireOrder makes an order with the account of the card.
func (w *wire) requireOrder() {
	w.t.Helper()
	app := w.made.Image.Applications[0]
	answer, err := w.first.link.Order(w.t.Context(), link.Order{
		PAN: app.PAN, Expiry: account.Expiry{Year: 2035, Month: time.December}, SequenceNumber: app.SequenceNumber, HasSequenceNumber: true,
		Amount: 999, CardNotPresent: message.CardNotPresent{ECI: "07"},
	})
	require.NoError(w.t, err)
	assert.Equal(w.t, message.ActionApproved, answer.ActionCode)
}

// requireDescribed explains the last message of each kind.
func (w *wire) requireDescribed() {
	w.t.Helper()
	for _, k := range []message.Kind{
		message.KindAuthorizationRequest, message.KindAuthorizationResponse, message.KindAdvice, message.KindAdviceResponse,
		message.KindReversal, message.KindReversalResponse,
	} {
		item, err := w.dialect.Describe(w.first.line.last(k), explain.Masked)
		require.NoError(w.t, err)
		assert.Equal(w.t, k.String(), item.Text)
	}
}

// TestCasesInEachDialect: the answer is lost, the old PIN works again, and the second
// insertion delivers; and a wedge is found, where the message has no CVM results too.
func TestCasesInEachDialect(t *testing.T) {
	for _, name := range message.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := message.Named(name)
			require.NoError(t, err)
			w := newWireIn(t, "amex-pin", look{d, d.Framing()})
			w.change(newPIN, "pending")
			w.first.line.lose(message.KindAuthorizationResponse)
			assert.False(t, w.insert(oldPIN).Approved())
			w.has(oldPIN, newPIN)
			assert.Equal(t, "on-its-way", w.status())
			result := w.purchase(insertion{pins: []string{wrongPIN}, wrap: faulty(t, "swallow VERIFY answer 9000")})
			assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
			assert.Empty(t, result.ScriptResults)
			assert.True(t, w.insert(oldPIN).Approved())
			w.has(newPIN, oldPIN)
			w.proves(newPIN)
			_, entries := w.records()
			assert.Equal(t, []string{"wedge"}, audits(entries))
		})
	}
}
