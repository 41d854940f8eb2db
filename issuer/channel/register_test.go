package channel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// registration is what the holder of Ben's card says to get a login.
func (b *bank) registration(code secret.Value) channel.Registration {
	return channel.Registration{
		Door: member.Web, PAN: parsePAN(b.t, benPAN), Expiry: b.record(ben).Expiry, CID: code, Login: "ben2", Password: member.Hash{},
	}
}

// TestRegistrationAndPhoneAreOneWay: codes that are tried at one door are tried at the
// other, and what was done stands in the journal before it is.
func TestRegistrationAndPhoneAreOneWay(t *testing.T) {
	b := newBank(t)
	right, wrong := b.code(ben, benPAN)
	for n := range channel.CodeTriesMax {
		var err error
		if n%2 == 0 {
			_, err = b.Register(t.Context(), b.registration(wrong))
			requireRefusal(t, channel.NotKnown, err)
		} else {
			_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), wrong)
			requireRefusal(t, channel.NoCaller, err)
		}
	}
	_, err := b.Register(t.Context(), b.registration(right))
	requireRefusal(t, channel.NotKnown, err)
	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), right)
	requireRefusal(t, channel.NoCaller, err)
	assert.EqualValues(t, channel.CodeTriesMax, b.record(ben).CIDTries)
	b.change(ben, func(r *store.Record) { r.CIDTries = 0 })
	id, err := b.Register(t.Context(), b.registration(right))
	require.NoError(t, err)
	assert.Equal(t, ben, id)
	lines := b.journal()
	assert.Equal(t, []string{
		"caller by web: refused: register: wrong code or expiry, 1 of 5",
		"caller by phone: refused: identify caller: wrong code, 2 of 5",
	}, lines[:2])
	assert.Equal(t, []string{
		"caller by web: refused: register: locked after too many wrong codes",
		"caller by phone: refused: identify caller: locked after too many wrong codes",
		"member 2 by web: registrant identified: card number, expiry and code",
		"member 2 by web: login made: ",
		"member 2 by web: registered: ",
	}, lines[len(lines)-5:])
	_, err = b.Register(t.Context(), b.registration(right))
	requireRefusal(t, channel.NotKnown, err)
}

// TestRegistrationWantsAUsableCard: a card that will not come back opens no login, nor
// does a registration without a date; and the one that it replaced is meant where it is
// the only one to be used.
func TestRegistrationWantsAUsableCard(t *testing.T) {
	b := newBank(t)
	right, _ := b.code(ben, benPAN)
	undated := b.registration(right)
	undated.Expiry = account.Expiry{}
	_, err := b.Register(t.Context(), undated)
	requireRefusal(t, channel.NotKnown, err)
	for _, gone := range []store.Status{store.Lost, store.Stolen} {
		b.change(ben, func(r *store.Record) { r.Status = gone })
		_, err := b.Register(t.Context(), b.registration(right))
		requireRefusal(t, channel.NotKnown, err)
		b.change(ben, func(r *store.Record) { r.CIDTries = 0 })
	}
	caller, err := b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), right)
	require.NoError(t, err, "on the phone he is told that it can not be used")
	assert.Equal(t, b.cards[ben], caller.Card)

	lost := b.record(ben)
	lost.SequenceNumber = 1
	pan := parsePAN(t, benPAN)
	ref := b.hsm.Ref(pan, 1)
	lost.PAN, err = b.hsm.SealPAN(ref, pan)
	require.NoError(t, err)
	require.NoError(t, b.store.Create(t.Context(), ref, lost))
	b.change(ben, func(r *store.Record) { r.Status = store.Active })
	_, err = b.Register(t.Context(), b.registration(right))
	require.NoError(t, err)
}

// TestNoKeyIdentifiesNobody: an issuer whose keys are older than identification digits
// refuses as for a card that is not there.
func TestNoKeyIdentifiesNobody(t *testing.T) {
	b := newBank(t)
	s, err := channel.New(channel.Config{Store: b.store, PINs: keyless{b.hsm}, Clock: b.clock})
	require.NoError(t, err)
	right, _ := b.code(ben, benPAN)
	_, err = s.IdentifyCaller(t.Context(), parsePAN(t, benPAN), right)
	requireRefusal(t, channel.NoCaller, err)
	_, err = s.Register(t.Context(), b.registration(right))
	requireRefusal(t, channel.NotKnown, err)
}

// lookedAt is a store that notes what is done with it.
type lookedAt struct {
	store.Store
	steps *[]string
}

func (s lookedAt) View(c context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	*s.steps = append(*s.steps, "look")
	return s.Store.View(c, ref, fn)
}

func (s lookedAt) Update(c context.Context, ref account.Ref, fn func(store.Tx) error) error {
	*s.steps = append(*s.steps, "write")
	return s.Store.Update(c, ref, fn)
}

func (s lookedAt) Sessions() store.Sessions { return writtenSessions{s.Store.Sessions(), s.steps} }

type writtenSessions struct {
	store.Sessions
	steps *[]string
}

func (s writtenSessions) Put(c context.Context, key store.SessionKey, data []byte, expires time.Time) error {
	*s.steps = append(*s.steps, "write")
	return s.Sessions.Put(c, key, data, expires)
}

// TestNumbersTakeTheSamePath: a number that nobody has is looked for and refused by the
// same steps as one with a wrong code, a locked one, and one that is registered.
func TestNumbersTakeTheSamePath(t *testing.T) {
	b := newBank(t)
	var steps []string
	s, err := channel.New(channel.Config{Store: lookedAt{b.store, &steps}, PINs: b.hsm, Clock: b.clock})
	require.NoError(t, err)
	_, wrong := b.code(ben, benPAN)
	nobody := b.registration(wrong)
	nobody.PAN = parsePAN(t, "374245009999999")
	path := func(r channel.Registration) string {
		steps = nil
		_, err := s.Register(t.Context(), r)
		requireRefusal(t, channel.NotKnown, err)
		_, err = s.IdentifyCaller(t.Context(), r.PAN, r.CID)
		requireRefusal(t, channel.NoCaller, err)
		return strings.Join(steps, " ")
	}
	want := path(nobody)
	assert.Equal(t, 2, strings.Count(want, "write"))
	for range channel.CodeTriesMax { // the last ones are locked
		assert.Equal(t, want, path(b.registration(wrong)))
	}
}

// keyless is a module without a key for identification digits.
type keyless struct{ channel.PINs }

func (keyless) CID(hsm.Card, account.Expiry, int) (secret.Value, error) {
	return secret.Value{}, hsm.ErrNoKey
}
