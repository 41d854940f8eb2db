package bench_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// under gives the issuer a policy.
func under(change func(*pinlife.Policy)) func(*wire) {
	return func(w *wire) {
		w.configure = func(c *issuerhost.Config) {
			c.Policy = pinlife.DefaultPolicy()
			change(&c.Policy)
		}
	}
}

// onlineOnly is the kernel of a cash machine that has each PIN verified online: it
// can not hand one to the chip.
func onlineOnly(t *testing.T) *kernel.Kernel {
	t.Helper()
	p, err := profile.Named("cash-machine")
	require.NoError(t, err)
	const byTheChip = 0x80 | 0x10 // plaintext and enciphered PIN, EMV Book 4, Annex A2
	p.Capabilities[1] &^= byTheChip
	k, err := kernel.New(kernel.Config{Profile: p})
	require.NoError(t, err)
	return k
}

// draws takes cash at such a machine, and returns the issuer's action code.
func (w *wire) draws(digits string) message.ActionCode {
	w.t.Helper()
	w.purchase(insertion{pins: []string{digits}, kind: emv.UnattendedCash, till: onlineOnly(w.t)})
	w.first.drained()
	return w.answer().ActionCode
}

// TestWire23CashMachine: under on_commit the changed PIN is refused there, without a
// try being counted, until the old one has brought it to the chip; under immediate it
// works at once, and is itself what brings it there.
func TestWire23CashMachine(t *testing.T) {
	t.Run("on_commit", func(t *testing.T) {
		w := newWire(t, "amex-pin")
		w.change(newPIN, "pending")
		for range 4 {
			assert.Equal(t, message.ActionIncorrectPIN, w.draws(newPIN))
		}
		w.stands("pending", oldPIN, newPIN)
		assert.Equal(t, message.ActionApproved, w.draws(oldPIN), "no try was counted")
		w.has(newPIN, oldPIN)
		assert.Equal(t, message.ActionApproved, w.draws(newPIN))
		w.stands("stable", newPIN, oldPIN)
		assert.Equal(t, message.ActionIncorrectPIN, w.draws(oldPIN))
	})
	t.Run("immediate", func(t *testing.T) {
		w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.OnlinePINEffective = pinlife.Immediate }))
		w.change(newPIN, "pending")
		assert.Equal(t, message.ActionApproved, w.draws(newPIN))
		w.has(newPIN, oldPIN)
		assert.Equal(t, message.ActionApproved, w.draws(newPIN))
		w.stands("stable", newPIN, oldPIN)
	})
	t.Run("immediate, and the old one still", func(t *testing.T) {
		w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.OnlinePINEffective = pinlife.Immediate }))
		w.change(newPIN, "pending")
		assert.Equal(t, message.ActionApproved, w.draws(oldPIN))
		w.has(newPIN, oldPIN)
	})
}

// TestWireTemplate71: the script goes to the card before the final cryptogram.
func TestWireTemplate71(t *testing.T) {
	w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.ScriptTemplate = pinlife.Template71 }))
	w.change(newPIN, "pending")
	result := w.purchase(insertion{pins: []string{oldPIN}})
	assert.True(t, result.Outcome.Approved(), result.Reason)
	require.Len(t, result.ScriptResults, 1)
	assert.Equal(t, emv.ScriptSuccessful, result.ScriptResults[0].Outcome)
	w.answer().ICCData.Open(func(b []byte) {
		assert.Contains(t, string(b), "\x71")
		assert.NotContains(t, string(b), "\x72\x27")
	})
	w.has(newPIN, oldPIN)
	w.first.drained()
	w.proves(newPIN)
	w.stands("stable", newPIN, oldPIN)
}

// TestWireRequireOldPIN: who does not know the old PIN gets no script, unless the
// policy gives one to each insertion.
func TestWireRequireOldPIN(t *testing.T) {
	for _, required := range []bool{true, false} {
		w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.RequireOldPIN = required }))
		w.change(newPIN, "pending")
		w.purchase(insertion{pins: []string{bypassed}})
		w.first.drained()
		if required {
			w.stands("pending", oldPIN, newPIN)
			continue
		}
		w.has(newPIN, oldPIN)
		w.proves(newPIN)
	}
}

// TestWireDeliverOnDecline: an answer that declines for a limit carries the script,
// unless the policy keeps it for one that approves.
func TestWireDeliverOnDecline(t *testing.T) {
	for _, delivers := range []bool{true, false} {
		w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.DeliverOnDecline = delivers }),
			func(w *wire) { w.limits = store.Limits{PerTransaction: 10_00} })
		w.change(newPIN, "pending")
		result := w.purchase(insertion{pins: []string{oldPIN}})
		assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
		assert.Equal(t, message.ActionExceedsLimit, w.answer().ActionCode)
		assert.Len(t, result.ScriptResults, map[bool]int{true: 1}[delivers])
		w.first.drained()
		if delivers {
			w.has(newPIN, oldPIN)
			continue
		}
		w.stands("pending", oldPIN, newPIN)
		result = w.purchase(insertion{pins: []string{oldPIN}, kind: emv.PINChange})
		assert.Equal(t, kernel.Done, result.Outcome, "approved, without an amount")
		w.has(newPIN, oldPIN)
	}
}

// TestWire28Attempts: one attempt alone is allowed, the chip does not take it, the
// PIN is held, and goes out again when an operator says so.
func TestWire28Attempts(t *testing.T) {
	w := newWire(t, "amex-pin", under(func(p *pinlife.Policy) { p.AttemptsMax = 1 }))
	w.change(newPIN, "pending")
	w.purchase(insertion{pins: []string{oldPIN}, wrap: faulty(t, "pull before PIN_CHANGE/UNBLOCK")})
	w.first.drained()
	assert.True(t, w.insert(oldPIN).Approved())
	w.stands("held", oldPIN, newPIN)
	assert.Equal(t, "held", w.status())
	assert.True(t, w.insert(oldPIN).Approved(), "nothing goes out")
	w.stands("held", oldPIN, newPIN)
	w.act("retry")
	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
}

// TestWire27ForgottenPIN: the holder has forgotten the old PIN, changes it, uses up
// the tries of the chip, and enters the new one online: the purchase is declined, and
// its answer brings the PIN and the tries.
func TestWire27ForgottenPIN(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.insert(wrongPIN, wrongPIN, wrongPIN)
	require.Zero(t, open(t, w.chip).Status()[0].TriesLeft)
	result := w.purchase(insertion{pins: []string{newPIN}})
	assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
	assert.Equal(t, message.ActionIncorrectPIN, w.answer().ActionCode)
	w.has(newPIN, oldPIN)
	assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
	w.first.drained()
	w.proves(newPIN)
}

// TestWireTwoTryCounters: wrong PINs online lock the PIN for the host alone, wrong
// PINs at the chip for the chip alone, and each has a verb of its own.
func TestWireTwoTryCounters(t *testing.T) {
	w := newWire(t, "amex-pin")
	for range 3 {
		assert.Equal(t, message.ActionIncorrectPIN, w.draws(wrongPIN))
	}
	assert.Equal(t, message.ActionPINTriesExceeded, w.draws(oldPIN))
	assert.True(t, w.insert(oldPIN).Approved(), "the chip knows nothing of it")
	w.first.drained()

	w.insert(wrongPIN, wrongPIN, wrongPIN)
	w.act("reset-tries")
	assert.Zero(t, open(t, w.chip).Status()[0].TriesLeft, "the chip's are another matter")
	assert.Equal(t, message.ActionApproved, w.draws(oldPIN))
	assert.Zero(t, open(t, w.chip).Status()[0].TriesLeft, "nor does the right PIN online give them back")

	assert.Equal(t, message.ActionIncorrectPIN, w.draws(wrongPIN))
	w.ask("POST", "/pin/unblock", "")
	assert.Equal(t, message.ActionApproved, w.draws(oldPIN))
	assert.Equal(t, tryLimit, open(t, w.chip).Status()[0].TriesLeft)
	assert.True(t, w.insert(oldPIN).Approved())
}

// TestWire22KeyRotation: the storage keys rotate while a PIN is on its way. The
// answer that was lost is sent again byte for byte, and the PIN goes out anew.
func TestWire22KeyRotation(t *testing.T) {
	w := newWire(t, "amex-pin")
	w.change(newPIN, "pending")
	w.first.line.lose(message.KindAuthorizationResponse)
	assert.False(t, w.insert(oldPIN).Approved())
	w.halt()
	_, err := issuerhost.RotateKeys(w.data, hsm.KEK{File: w.kek}, hsm.StorageKeys, nil)
	require.NoError(t, err)
	w.start()
	answer := w.first.line.last(message.KindAuthorizationResponse)
	again := repeated(t, w.first.line.last(message.KindAuthorizationRequest))
	assert.True(t, string(answer) == string(exchange(t, w.addresses.Host, again)), "byte for byte")
	w.stands("sent", oldPIN, newPIN)
	assert.True(t, w.insert(oldPIN).Approved())
	w.has(newPIN, oldPIN)
	w.proves(newPIN)
	w.change(thirdPIN, "pending")
	assert.True(t, w.insert(newPIN).Approved(), "sealed under the new key")
	w.has(thirdPIN, newPIN, oldPIN)
}

// TestWireRisk: the switches of the issuer's configuration reach the decision. An
// order needs the digits that an operator is told, and a terminal that uses an
// unpredictable number twice is declined.
func TestWireRisk(t *testing.T) {
	w := newWire(t, "amex-pin", func(w *wire) {
		w.configure = func(c *issuerhost.Config) {
			c.Risk = authorization.Risk{NumberRepeated: authorization.Decline, RequireCID: true}
		}
	})
	w.change(newPIN, "pending")
	order := func(stan uint32, cid string) message.ActionCode {
		m, err := message.ISO93().Unpack(w.order())
		require.NoError(t, err)
		request := m.(*message.AuthorizationRequest)
		request.STAN = stan
		if cid != "" {
			request.CardNotPresent = message.CardNotPresent{CID: secret.New([]byte(cid)), ECI: "07"}
		}
		packed, err := message.ISO93().Pack(request)
		require.NoError(t, err)
		answer, err := message.ISO93().Unpack(exchange(t, w.addresses.Host, packed))
		require.NoError(t, err)
		return answer.(*message.AuthorizationResponse).ActionCode
	}
	var told httpd.CIDForm
	require.NoError(t, json.Unmarshal(w.operate("POST", "/v1/cards/"+w.ref.String()+"/cid"), &told))
	assert.Equal(t, message.ActionSecurityViolation, order(1, ""))
	assert.Equal(t, message.ActionApproved, order(2, told.CID))
	w.stands("pending", oldPIN, newPIN)

	repeats := till(t)
	assert.True(t, w.purchase(insertion{pins: []string{bypassed}, till: repeats}).Outcome.Approved())
	assert.False(t, w.purchase(insertion{pins: []string{oldPIN}, till: till(t)}).Outcome.Approved(), "the same numbers again")
	w.first.drained()
	w.has(newPIN, oldPIN)
	assert.Equal(t, []string{"unpredictable number was used before"}, w.audits())
}
