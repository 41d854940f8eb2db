package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// audits returns what the issuer's journal has for the auditor.
func audits(entries []store.Entry) (texts []string) {
	for _, e := range entries {
		if e.Kind == "audit" {
			texts = append(texts, e.Detail)
		}
	}
	return texts
}

// TestWire06ClaimRefuted: somebody between card and terminal says that the script
// was carried out, so that the advice says so too. The card's next cryptogram says
// otherwise: an alarm, the old PIN counts again, and the change goes out anew.
func TestWire06ClaimRefuted(t *testing.T) {
	for name, c := range map[string]struct {
		plan   string
		failed bool // the card has a script that failed
	}{
		"it failed":     {"alter command PIN_CHANGE/UNBLOCK xor 01 at 10\nstatus PIN_CHANGE/UNBLOCK 9000", true},
		"it came never": {"swallow PIN_CHANGE/UNBLOCK answer 9000", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, "amex-pin")
			w.change(newPIN, "pending")
			result := w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, c.plan)})
			require.Len(t, result.ScriptResults, 1)
			assert.Equal(t, emv.ScriptSuccessful, result.ScriptResults[0].Outcome, "the terminal believes it")
			assert.Equal(t, c.failed, open(t, w.chip).Status()[0].ScriptFailed)
			w.has(oldPIN, newPIN)
			w.first.drained()
			assert.Equal(t, "probably-active", w.status())

			assert.True(t, w.insert(oldPIN).Approved())
			w.has(newPIN, oldPIN)
			w.first.drained()
			assert.Equal(t, "probably-active", w.status(), "this time it is")
			w.proves(newPIN)
			_, entries := w.records()
			assert.Equal(t, []string{pinlife.AuditClaimRefuted.String()}, audits(entries))
		})
	}
}

// TestWire12OutOfOrder: two terminals, and what one of them sent comes after what
// the other sent later.
func TestWire12OutOfOrder(t *testing.T) {
	t.Run("a request, behind its own reversal", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		w.first.line.lose(message.KindAuthorizationRequest)
		assert.False(t, w.insert(oldPIN).Approved())
		held := w.first.line.last(message.KindAuthorizationRequest)

		second := w.terminal(2)
		w.link = second.link
		second.line.dieAt(message.KindAdvice)
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		w.first.drained()
		answer, err := message.ISO93().Unpack(exchange(t, w.addresses.Host, held))
		require.NoError(t, err)
		late := answer.(*message.AuthorizationResponse)
		assert.Equal(t, message.ActionDoNotHonour, late.ActionCode)
		assert.Equal(t, "on-its-way", w.status(), "an old ATC is no evidence")

		w.link = w.first.link
		w.proves(newPIN)
		second.line.to(w.addresses.Host)
		second.drained()
		assert.Equal(t, "done", w.status(), "nor does a late advice move anything")
		record, entries := w.records()
		assert.Equal(t, int64(2*1234), record.Spent.Amount)
		assert.Equal(t, []string{pinlife.AuditATCNotNew.String()}, audits(entries))
	})
	t.Run("a reversal, behind the next purchase", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		w.first.line.dieAt(message.KindAuthorizationResponse)
		assert.False(t, w.insert(oldPIN).Approved())
		second := w.terminal(2)
		w.link = second.link
		assert.True(t, w.insert(oldPIN).Approved())
		w.has(newPIN, oldPIN)
		second.drained()
		assert.Equal(t, "probably-active", w.status())
		w.change(thirdPIN, "pending")
		w.first.line.to(w.addresses.Host)
		w.first.drained()
		assert.Equal(t, "pending", w.status(), "a reversal undoes money alone")

		w.link = w.first.link
		assert.True(t, w.insert(newPIN).Approved(), "proof of the second PIN, and the third in the same answer")
		w.has(thirdPIN, oldPIN, newPIN)
		w.proves(thirdPIN)
		record, entries := w.records()
		assert.Equal(t, int64(3*1234), record.Spent.Amount, "the reversed purchase nets to zero")
		assert.Empty(t, audits(entries))
	})
}
