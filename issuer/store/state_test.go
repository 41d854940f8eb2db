package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

func TestAddPayment(t *testing.T) {
	var r store.Record
	for n := range store.PaymentsMax + 3 {
		r.AddPayment(store.Payment{Key: store.Key{byte(n)}, Amount: int64(n)})
	}
	require.Len(t, r.Payments, store.PaymentsMax)
	assert.EqualValues(t, 3, r.Payments[0].Amount, "the oldest went")
	assert.Nil(t, r.Payment(store.Key{2}))
	r.Payment(store.Key{9}).Reversed = true
	assert.True(t, r.Payments[6].Reversed, "it can be marked")

	r.Payments = make([]store.Payment, store.PaymentsMax+5)
	r.AddPayment(store.Payment{})
	assert.Len(t, r.Payments, store.PaymentsMax)
	for range store.MarkersMax + 3 {
		r.AddPayment(store.Payment{Reversed: true})
	}
	assert.Len(t, r.Payments, store.PaymentsMax+store.MarkersMax, "markers drive markers out alone")
}

// TestAdvance takes a card from its first PIN to a proven change and to its end.
func TestAdvance(t *testing.T) {
	r := store.Record{PIN: pinlife.Personalised(), PINs: []hsm.SealedPIN{{Generation: 1}}}
	step := func(e pinlife.Event) {
		state, _ := r.PIN.Step(e)
		r.Advance(state)
	}
	generations := func() (all []pinlife.Generation) {
		for _, p := range r.PINs {
			all = append(all, p.Generation)
		}
		return all
	}
	request := pinlife.Request{Policy: pinlife.DefaultPolicy(), ATC: 1, ARQCValid: true, Active: true, CVR: pinlife.CVR{OfflinePINPerformed: true}}
	r.SetPIN(hsm.SealedPIN{Generation: 2})
	step(pinlife.PINChanged{Generation: 2})
	r.SetPIN(hsm.SealedPIN{Generation: 3})
	step(pinlife.PINChanged{Generation: 3})
	assert.Equal(t, []pinlife.Generation{1, 3}, generations(), "2 never went out")
	r.Sent = []store.SentScript{{ATC: 1}}
	step(request)
	assert.Len(t, r.Sent, 1)
	assert.Equal(t, []pinlife.Generation{1, 3}, generations())
	request.ATC, request.CVR.ScriptCount = 2, 1
	step(request)
	assert.Equal(t, []pinlife.Generation{3}, generations(), "proven")
	assert.Empty(t, r.Sent)
	_, ok := r.SealedPIN(1)
	assert.False(t, ok)
	step(pinlife.CardClosed{})
	assert.Empty(t, r.PINs)
}

func TestNames(t *testing.T) {
	assert.Equal(t, "not activated", store.NotActivated.String())
	assert.Equal(t, "closed", store.Closed.String())
	assert.Equal(t, "no status", (store.Closed + 1).String())
	assert.True(t, (&store.Record{Holder: 2, Primary: 1}).Supplementary())
	assert.Len(t, store.NewKey().String(), 32)
}

// TestSeeNumber: the newest numbers are kept, and the oldest is forgotten.
func TestSeeNumber(t *testing.T) {
	var r store.Record
	for n := range store.NumbersMax + 1 {
		require.True(t, r.SeeNumber(store.SeenUN{byte(n)}))
	}
	assert.Len(t, r.Numbers, store.NumbersMax)
	assert.False(t, r.SeeNumber(store.SeenUN{1}))
	assert.True(t, r.SeeNumber(store.SeenUN{0}), "that went")
}
