package channel_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

func requireRefusal(t *testing.T, want channel.Code, err error) *channel.Refusal {
	t.Helper()
	var r *channel.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, want, r.Code, "%v", err)
	assert.NotEmpty(t, r.Text())
	assert.NotEmpty(t, r.Next())
	return r
}

// step takes a record through an event of the PIN's life.
func step(e pinlife.Event) func(*store.Record) {
	return func(r *store.Record) {
		s, _ := r.PIN.Step(e)
		r.Advance(s)
	}
}

// insertion is a contact request with a chip that knows no PIN, or knows the one
// that was entered.
func insertion(atc uint16, cvr pinlife.CVR) pinlife.Request {
	return pinlife.Request{Policy: pinlife.DefaultPolicy(), ATC: atc, ARQCValid: true, Active: true, CVR: cvr}
}

// The story of a PIN in the words that its holder reads.
func TestStoryOfAPIN(t *testing.T) {
	b, ctx := newBank(t), t.Context()
	me := b.asks(ben, ben)

	st, err := b.Status(ctx, me)
	require.NoError(t, err)
	assert.Equal(t, channel.None, st.PIN)
	assert.Equal(t, "activate the card, then create a PIN", st.Next)
	assert.Equal(t, channel.Card{Ref: me.Card, LastFour: "1007", Supplementary: true, Yours: true}, st.Card)

	st, err = b.Activate(ctx, me)
	require.NoError(t, err)
	assert.Equal(t, store.Active, st.Card.Status)
	st, err = b.Activate(ctx, me)
	require.NoError(t, err, "again: nothing to do")
	assert.Equal(t, "create a PIN", st.Next)

	_, err = b.ChangePIN(ctx, me, digits("8361"))
	requireRefusal(t, channel.NoPIN, err)
	_, err = b.Unblock(ctx, me)
	requireRefusal(t, channel.NoPIN, err)
	st, err = b.CreatePIN(ctx, me, digits("8361"))
	require.NoError(t, err)
	assert.Equal(t, channel.FirstPending, st.PIN)
	assert.Equal(t, "insert the card at a checkout terminal and enter the PIN; a tap will not do", st.Next)
	_, err = b.CreatePIN(ctx, me, digits("9272"))
	requireRefusal(t, channel.PINExists, err)

	b.change(ben, step(insertion(1, pinlife.CVR{TryLimitExceeded: true})))
	assertPIN(t, b, me, channel.OnItsWay)
	b.change(ben, step(pinlife.Advice{ATC: 1, Result: pinlife.Successful, FinalCryptogramValid: true}))
	assertPIN(t, b, me, channel.ProbablyActive)
	b.change(ben, step(insertion(2, pinlife.CVR{OfflinePINPerformed: true, ScriptCount: 1})))
	st = assertPIN(t, b, me, channel.Done)
	assert.Equal(t, "the PIN is active", st.Text)
	assert.Empty(t, st.Next)

	st, err = b.ChangePIN(ctx, me, digits("9272"))
	require.NoError(t, err)
	assert.Equal(t, channel.Pending, st.PIN)
	assert.Contains(t, st.Next, "use the old PIN a last time; a tap will not do")
	st, err = b.ChangePIN(ctx, me, digits("8361"))
	require.NoError(t, err, "back to the PIN before")
	assert.Equal(t, channel.Done, st.PIN)
	assert.Len(t, b.record(ben).PINs, 1)

	st, err = b.Unblock(ctx, me)
	require.NoError(t, err)
	assert.True(t, st.Unblock)
	assert.Equal(t, "insert the card at a checkout terminal", st.Next)

	assert.Equal(t, []string{
		"member 2 by web: card activated: active",
		"member 2 by web: refused: change PIN: no-pin: no PIN",
		"member 2 by web: refused: unblock PIN: no-pin: no PIN",
		"member 2 by web: PIN created: generation 1",
		"member 2 by web: refused: create PIN: pin-exists: PIN exists",
		"member 2 by web: PIN changed: generation 2",
		"member 2 by web: PIN changed: generation 3",
		"member 2 by web: PIN unblock asked: waits for the card",
	}, b.journal())
}

func assertPIN(t *testing.T, b *bank, a channel.Asked, want channel.PINStatus) channel.Status {
	t.Helper()
	st, err := b.Status(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, want, st.PIN)
	return st
}

// The primary member can do nothing to the PIN of a supplementary card, by no
// door. docs/pin-lifecycle.md, the customer's rule 4.
func TestPrimaryIsRefusedOnSupplementaryCard(t *testing.T) {
	b := newBank(t)
	verbs := map[string]func(channel.Asked) error{
		"activate": func(a channel.Asked) error { _, err := b.Activate(t.Context(), a); return err },
		"create":   func(a channel.Asked) error { _, err := b.CreatePIN(t.Context(), a, digits("8361")); return err },
		"change":   func(a channel.Asked) error { _, err := b.ChangePIN(t.Context(), a, digits("8361")); return err },
		"unblock":  func(a channel.Asked) error { _, err := b.Unblock(t.Context(), a); return err },
		"status":   func(a channel.Asked) error { _, err := b.Status(t.Context(), a); return err },
	}
	for name, verb := range verbs {
		for _, door := range []member.Door{member.Web, member.App, member.Phone} {
			for _, who := range []member.ID{anna, carl} {
				before, written := b.record(ben), len(b.journal())
				a := b.asks(who, ben)
				a.Door = door
				requireRefusal(t, channel.NotAllowed, verb(a))
				after := b.record(ben)
				assert.Equal(t, before, after, name)
				lines := b.journal()
				require.Len(t, lines, written+1)
				assert.Contains(t, lines[written], "refused")
			}
		}
	}
	_, err := b.Status(t.Context(), channel.Asked{Member: anna, Door: member.Web, Card: account.Ref{1}})
	unknown := requireRefusal(t, channel.NotAllowed, err)
	err = verbs["status"](b.asks(anna, ben))
	assert.Equal(t, unknown.Text(), requireRefusal(t, channel.NotAllowed, err).Text(), "nobody learns which cards there are")
}

func TestPhone(t *testing.T) {
	b := newBank(t)
	a := b.asks(ben, ben)
	a.Door = member.Phone
	_, err := b.CreatePIN(t.Context(), a, digits("8361"))
	require.NoError(t, err)
	_, err = b.ChangePIN(t.Context(), a, digits("9272"))
	requireRefusal(t, channel.NotByPhone, err)
}

func TestWeakPINs(t *testing.T) {
	b := newBank(t)
	texts := map[string]bool{}
	for _, weak := range []string{"1111", "1234", "4321", "1705", "0517", "1990", "1007"} {
		_, err := b.CreatePIN(t.Context(), b.asks(ben, ben), digits(weak))
		texts[requireRefusal(t, channel.WeakPIN, err).Text()] = true
		assert.NotContains(t, strings.Join(b.journal(), "\n"), weak)
	}
	assert.Len(t, texts, 1, "one text, whatever the reason")
	for _, bad := range []string{"", "836", "83615", "836x"} {
		_, err := b.CreatePIN(t.Context(), b.asks(ben, ben), digits(bad))
		requireRefusal(t, channel.BadPIN, err)
	}
	assert.Equal(t, pinlife.State{}, b.record(ben).PIN)
}

func TestCardsThatAreGone(t *testing.T) {
	b := newBank(t)
	for _, gone := range []store.Status{store.Lost, store.Stolen, store.Expired} {
		b.change(ben, func(r *store.Record) { r.Status = gone })
		_, err := b.Activate(t.Context(), b.asks(ben, ben))
		requireRefusal(t, channel.NotUsable, err)
		_, err = b.CreatePIN(t.Context(), b.asks(ben, ben), digits("8361"))
		requireRefusal(t, channel.NotUsable, err)
		_, err = b.Unblock(t.Context(), b.asks(ben, ben))
		requireRefusal(t, channel.NotUsable, err)
	}
}

// A request that comes again with its key is carried out once.
func TestRetriedRequest(t *testing.T) {
	b, ctx := newBank(t), t.Context()
	a := b.asks(ben, ben)
	a.Key = "create-1"
	for range 2 {
		st, err := b.CreatePIN(ctx, a, digits("8361"))
		require.NoError(t, err)
		assert.Equal(t, channel.FirstPending, st.PIN)
	}
	_, err := b.CreatePIN(ctx, a, digits("9272"))
	requireRefusal(t, channel.KeyRefused, err)
	_, err = b.CreatePIN(ctx, a, digits("1111"))
	requireRefusal(t, channel.KeyRefused, err)
	assert.Equal(t, pinlife.Generation(1), b.record(ben).PIN.Newest)

	other := b.asks(anna, anna)
	other.Key = a.Key
	_, err = b.CreatePIN(ctx, other, digits("9272"))
	require.NoError(t, err, "the key is another member's too")

	a.Key = "change-1"
	_, err = b.ChangePIN(ctx, a, digits("9272"))
	require.NoError(t, err)
	_, err = b.ChangePIN(ctx, b.asks(ben, ben), digits("7351"))
	require.NoError(t, err)
	_, err = b.ChangePIN(ctx, a, digits("9272"))
	require.NoError(t, err, "superseded meanwhile: not done again")
	assert.Equal(t, pinlife.Generation(3), b.record(ben).PIN.Newest)

	a.Key = strings.Repeat("x", channel.KeyMax+1)
	_, err = b.Unblock(ctx, a)
	requireRefusal(t, channel.KeyRefused, err)
}

// Changes at the same time are all carried out, one after the other, and the last
// one acknowledged wins.
func TestChangesAtTheSameTime(t *testing.T) {
	b := newBank(t)
	_, err := b.CreatePIN(t.Context(), b.asks(ben, ben), digits("8361"))
	require.NoError(t, err)
	pins := []string{"9272", "7351", "6183", "5072"}
	var group sync.WaitGroup
	for _, p := range pins {
		group.Go(func() {
			_, err := b.ChangePIN(context.Background(), b.asks(ben, ben), digits(p))
			assert.NoError(t, err)
		})
	}
	group.Wait()
	r := b.record(ben)
	assert.EqualValues(t, 1+len(pins), r.PIN.Newest)
	assert.Equal(t, r.PIN.Newest, r.PIN.Pending)
	assert.Len(t, r.PINs, 1)
}

func TestHeldLockedAndRestored(t *testing.T) {
	b, ctx := newBank(t), t.Context()
	me := b.asks(ben, ben)
	_, err := b.CreatePIN(ctx, me, digits("8361"))
	require.NoError(t, err)
	b.change(ben, func(r *store.Record) { r.Status, r.Tries = store.Active, 3 })
	assert.True(t, assertPIN(t, b, me, channel.FirstPending).Locked)
	for atc := range uint16(6) {
		b.change(ben, step(insertion(atc+1, pinlife.CVR{TryLimitExceeded: true})))
	}
	assertPIN(t, b, me, channel.Held)
	_, err = b.Unblock(ctx, me)
	requireRefusal(t, channel.CallUs, err)
	st, err := b.Retry(ctx, me.Card)
	require.NoError(t, err)
	assert.Equal(t, channel.FirstPending, st.PIN)
	_, err = b.Retry(ctx, me.Card)
	requireRefusal(t, channel.NotHeld, err)
	b.change(ben, func(r *store.Record) { r.CIDTries = 5 })
	st, err = b.ResetTries(ctx, me.Card)
	require.NoError(t, err)
	assert.False(t, st.Locked)
	assert.Zero(t, b.record(ben).CIDTries)
	_, err = b.ResetTries(ctx, account.Ref{1})
	requireRefusal(t, channel.NoCard, err)
	assert.Equal(t, []string{"operator: PIN retried: ", "operator: refused: PIN retried: not-held: not held", "operator: online tries reset: "}, b.journal()[2:])

	b.change(ben, step(pinlife.RestoredFromBackup{}))
	assertPIN(t, b, me, channel.ToBeSetAgain)
	_, err = b.Unblock(ctx, me)
	requireRefusal(t, channel.SetAgain, err)
	b.change(ben, func(r *store.Record) { r.Status = store.Closed; step(pinlife.CardClosed{})(r) })
	assertPIN(t, b, me, channel.Ended)
}

func TestCards(t *testing.T) {
	b := newBank(t)
	cards, err := b.Cards(t.Context(), anna)
	require.NoError(t, err)
	assert.Equal(t, []channel.Card{
		{Ref: b.cards[anna], LastFour: "1007", Yours: true}, {Ref: b.cards[ben], LastFour: "1007", Supplementary: true},
	}, cards)
	cards, err = b.Cards(t.Context(), carl)
	require.NoError(t, err)
	assert.Empty(t, cards)
	_, err = b.Cards(t.Context(), 99)
	assert.ErrorIs(t, err, store.ErrNotFound)
}

// What breaks is no refusal and changes nothing.
func TestBrokenStore(t *testing.T) {
	b := newBank(t)
	require.NoError(t, b.store.Close())
	_, err := b.Activate(t.Context(), b.asks(ben, ben))
	require.ErrorIs(t, err, store.ErrClosed)
	var r *channel.Refusal
	assert.False(t, errors.As(err, &r))
	_, err = channel.New(channel.Config{})
	assert.Error(t, err)
}
