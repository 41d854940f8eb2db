package authorization_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// methods are the two kinds of DUKPT.
var methods = map[string]struct {
	aes     bool
	dialect func() *message.Dialect
}{"TDES": {false, message.ISO93}, "AES": {true, message.ISO93AES}}

// forEachMethod runs a test with a host and a card of PIN right for both kinds.
func forEachMethod(t *testing.T, test func(t *testing.T, h host, card *issuertest.Card, aes bool)) {
	for name, m := range methods {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, func(c *authorization.Config) { c.Dialect = m.dialect() })
			card := h.NewCard(t)
			h.Personalise(t, card, right)
			test(t, h, card, m.aes)
		})
	}
}

// enter returns a purchase whose PIN was entered at a device.
func enter(t *testing.T, card *issuertest.Card, pad *issuertest.PINPad, digits string) *message.AuthorizationRequest {
	t.Helper()
	m := card.Begin(t, issuertest.Insertion{Amount: 10_00}).Request
	pad.Enter(t, card, m, digits)
	return m
}

// replayed returns a purchase of its own with the PIN block of another.
func replayed(t *testing.T, card *issuertest.Card, of *message.AuthorizationRequest) *message.AuthorizationRequest {
	t.Helper()
	m := card.Begin(t, issuertest.Insertion{Amount: 10_00}).Request
	m.PINBlock, m.SecurityControl = of.PINBlock, of.SecurityControl
	return m
}

// refused wants a request to be declined for its key serial number, with so many
// tries counted after it.
func (h host) refused(t *testing.T, card *issuertest.Card, m *message.AuthorizationRequest, tries uint8) {
	t.Helper()
	answer := h.ask(t, m)
	assert.Equal(t, message.ActionPINKeySynchronisation, answer.ActionCode)
	assert.Equal(t, "83", string(issuertest.Object(t, answer, 0x8A)))
	assert.NotEmpty(t, issuertest.Object(t, answer, 0x91), "an ARPC all the same")
	assert.Contains(t, h.last(t, card), "key of the PIN block was used before")
	assert.Equal(t, tries, h.Record(t, card.Ref).Tries)
}

// taken wants a request to come to the comparison of the PIN.
func (h host) taken(t *testing.T, m *message.AuthorizationRequest, action message.ActionCode) {
	t.Helper()
	assert.Equal(t, action, h.ask(t, m).ActionCode)
}

// TestReplayOfTheRightPIN: the block of an approved purchase pays no other, and
// gives no tries back.
func TestReplayOfTheRightPIN(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		pad := h.PINPad(t, 1, aes)
		first := enter(t, card, pad, right)
		h.taken(t, first, message.ActionApproved)
		h.taken(t, enter(t, card, pad, wrong), message.ActionIncorrectPIN)
		h.refused(t, card, replayed(t, card, first), 1)
		h.taken(t, enter(t, card, pad, right), message.ActionApproved)
		assert.Zero(t, h.Record(t, card.Ref).Tries)
	})
}

// TestReplayOfAWrongPIN costs the holder no try.
func TestReplayOfAWrongPIN(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		first := enter(t, card, h.PINPad(t, 1, aes), wrong)
		h.taken(t, first, message.ActionIncorrectPIN)
		for range authorization.PINTriesMax {
			h.refused(t, card, replayed(t, card, first), 1)
		}
	})
}

// TestOlderKeyOfTheDevice: a block that never came is too old once a later one of
// its device did.
func TestOlderKeyOfTheDevice(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		pad := h.PINPad(t, 1, aes)
		kept := enter(t, card, pad, right)
		h.taken(t, enter(t, card, pad, right), message.ActionApproved)
		h.refused(t, card, replayed(t, card, kept), 0)
	})
}

// TestDevicesCountForThemselves: so do cards.
func TestDevicesCountForThemselves(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		one, two := h.PINPad(t, 1, aes), h.PINPad(t, 2, aes)
		kept := enter(t, card, one, right)
		for range 3 {
			h.taken(t, enter(t, card, two, right), message.ActionApproved)
		}
		h.taken(t, replayed(t, card, kept), message.ActionApproved)
		h.refused(t, card, replayed(t, card, kept), 0)
		other := h.NewCard(t)
		h.Personalise(t, other, right)
		h.taken(t, enter(t, other, h.PINPad(t, 1, aes), right), message.ActionApproved)
	})
}

// TestLeastRecentlyUsedDeviceGoes: where there are more devices than a record
// keeps, the one that was not used for longest is forgotten.
func TestLeastRecentlyUsedDeviceGoes(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		h.Change(t, card.Ref, func(r *store.Record) { r.Limits.PerDay = 0 })
		pads := make([]*issuertest.PINPad, store.PINDevicesMax+1)
		blocks := make([]*message.AuthorizationRequest, len(pads))
		for n := range pads {
			pads[n] = h.PINPad(t, byte(n), aes)
		}
		for n := range store.PINDevicesMax {
			blocks[n] = enter(t, card, pads[n], right)
			h.taken(t, blocks[n], message.ActionApproved)
		}
		blocks[0] = enter(t, card, pads[0], right) // now device 1 waits for longest
		h.taken(t, blocks[0], message.ActionApproved)
		h.taken(t, enter(t, card, pads[store.PINDevicesMax], right), message.ActionApproved)
		assert.Len(t, h.Record(t, card.Ref).PINDevices, store.PINDevicesMax)
		h.refused(t, card, replayed(t, card, blocks[0]), 0)
		h.refused(t, card, replayed(t, card, blocks[2]), 0)
		h.taken(t, replayed(t, card, blocks[1]), message.ActionApproved)
	})
}

// TestRepeatOfAPINGetsItsAnswer: a message that comes again is no replay of its
// block.
func TestRepeatOfAPINGetsItsAnswer(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		pad := h.PINPad(t, 1, aes)
		request := enter(t, card, pad, right)
		answer := h.send(t, request)
		h.taken(t, enter(t, card, pad, right), message.ActionApproved)
		before := h.Record(t, card.Ref)
		request.Repeat = true
		h.Clock.Advance(time.Second)
		assert.Equal(t, answer, h.send(t, request))
		assert.Equal(t, before, h.Record(t, card.Ref))
	})
}

// TestBlockOfADeclinedRequestIsUsed: whatever the request comes to, and whether the
// PIN was looked at or not.
func TestBlockOfADeclinedRequestIsUsed(t *testing.T) {
	for name, decline := range map[string]func(h host, card *issuertest.Card, m *message.AuthorizationRequest) (undo func(*store.Record)){
		"wrong cryptogram": func(_ host, _ *issuertest.Card, m *message.AuthorizationRequest) func(*store.Record) {
			m.ICCData = change(t, m.ICCData, 0x9F26, flip)
			return func(*store.Record) {}
		},
		"blocked": func(h host, card *issuertest.Card, _ *message.AuthorizationRequest) func(*store.Record) {
			h.Change(t, card.Ref, func(r *store.Record) { r.Status = store.Blocked })
			return func(r *store.Record) { r.Status = store.Active }
		},
		"no tries left": func(h host, card *issuertest.Card, _ *message.AuthorizationRequest) func(*store.Record) {
			h.Change(t, card.Ref, func(r *store.Record) { r.Tries = authorization.PINTriesMax })
			return func(r *store.Record) { r.Tries = 0 }
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
				m := enter(t, card, h.PINPad(t, 1, aes), right)
				undo := decline(h, card, m)
				assert.NotEqual(t, message.ActionApproved, h.ask(t, m).ActionCode)
				h.Change(t, card.Ref, undo)
				h.refused(t, card, replayed(t, card, m), 0)
			})
		})
	}
}

// TestBlockThatDoesNotOpenUsesNoKey: who has no key of a device can not make its
// later blocks too old.
func TestBlockThatDoesNotOpenUsesNoKey(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		pad := h.PINPad(t, 1, aes)
		h.taken(t, enter(t, card, pad, right), message.ActionApproved)
		next := enter(t, card, pad, right)
		forged := enter(t, card, pad, right)
		forged.PINBlock.Open(func(b []byte) { forged.PINBlock = secret.New(make([]byte, len(b))) })
		h.taken(t, forged, message.ActionInvalidPINBlock)
		h.taken(t, replayed(t, card, next), message.ActionApproved)
	})
}

// TestReplayOpensNoGate: the block with the pending PIN, which opened the gate once,
// brings no script again.
func TestReplayOpensNoGate(t *testing.T) {
	h, card := changed(t)
	request := card.Begin(t, issuertest.Insertion{Amount: 10_00, Online: pin0}).Request
	answer := h.ask(t, request)
	assert.True(t, carries(t, answer))
	again := replayed(t, card, request)
	assert.False(t, carries(t, h.ask(t, again)))
	assert.Contains(t, h.last(t, card), "key of the PIN block was used before")
	assert.Equal(t, pinlife.Pending, h.phase(t, card), "the chip says that it had none")
}

// TestReplaysAtTheSameTime: of many messages with one block that come to two hosts
// on one store, one is approved.
func TestReplaysAtTheSameTime(t *testing.T) {
	forEachMethod(t, func(t *testing.T, h host, card *issuertest.Card, aes bool) {
		other, err := authorization.New(authorization.Config{Store: h.Store, Module: h.Module, Dialect: h.dialect, Clock: h.Clock})
		require.NoError(t, err)
		hosts := []host{h, {h.Issuer, other, h.dialect}}
		first := card.Swipe(t, 60_00)
		h.PINPad(t, 1, aes).Enter(t, card, first, right)
		var requests []*message.AuthorizationRequest
		for range 6 {
			m := card.Swipe(t, 60_00)
			m.PINBlock, m.SecurityControl = first.PINBlock, first.SecurityControl
			requests = append(requests, m)
		}
		var answers sync.Map
		var tasks sync.WaitGroup
		for n, m := range requests {
			tasks.Go(func() { answers.Store(n, hosts[n%len(hosts)].ask(t, m).ActionCode) })
		}
		tasks.Wait()
		approved := 0
		for _, code := range answers.Range {
			if code == message.ActionApproved {
				approved++
				continue
			}
			assert.Equal(t, message.ActionPINKeySynchronisation, code)
		}
		assert.Equal(t, 1, approved)
		assert.EqualValues(t, 60_00, h.Record(t, card.Ref).Spent.Amount)
	})
}
