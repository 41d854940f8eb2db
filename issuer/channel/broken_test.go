package channel_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
)

var errBroken = errors.New("it is broken")

// broken is a store or a security module of which a part is.
type broken struct {
	store.Store
	channel.PINs
	view, update, member, open bool
}

func (b *broken) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	if b.view {
		return errBroken
	}
	return b.Store.View(ctx, ref, fn)
}

func (b *broken) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	if b.update {
		return errBroken
	}
	return b.Store.Update(ctx, ref, fn)
}

func (b *broken) Members() store.Members { return brokenMembers{b.Store.Members(), b.member} }

type brokenMembers struct {
	store.Members
	broken bool
}

func (m brokenMembers) Get(ctx context.Context, id member.ID) (member.Member, error) {
	if m.broken {
		return member.Member{}, errBroken
	}
	return m.Members.Get(ctx, id)
}

func (b *broken) OpenPAN(ref account.Ref, sealed []byte) (account.PAN, error) {
	if b.open {
		return account.PAN{}, errBroken
	}
	return b.PINs.OpenPAN(ref, sealed)
}

// What breaks is told as what it is: no refusal, nothing changed, nothing in the
// journal.
func TestWhatIsBroken(t *testing.T) {
	b, me := stableBank(t)
	parts := &broken{Store: b.store, PINs: b.hsm}
	s, err := channel.New(channel.Config{Store: parts, PINs: parts, Clock: b.clock})
	require.NoError(t, err)
	again := me
	again.Key = "again"
	_, err = s.ChangePIN(t.Context(), again, digits("9272"))
	require.NoError(t, err)
	change := func(a channel.Asked, pin string) func() error {
		return func() error { _, err := s.ChangePIN(t.Context(), a, digits(pin)); return err }
	}
	cards := func() error { _, err := s.Cards(t.Context(), ben); return err }
	refused := func() error { _, err := s.CreatePIN(t.Context(), me, digits("7351")); return err }
	for name, c := range map[string]struct {
		breaks func(*broken)
		verb   func() error
		says   string
	}{
		"card not read":             {func(b *broken) { b.view = true }, change(me, "7351"), "read card"},
		"card of a list not read":   {func(b *broken) { b.view = true }, cards, "read card"},
		"change not written":        {func(b *broken) { b.update = true }, change(me, "7351"), "write card"},
		"refusal not written":       {func(b *broken) { b.update = true }, refused, "write journal"},
		"holder not read":           {func(b *broken) { b.member = true }, change(me, "7351"), "read holder"},
		"account not opened":        {func(b *broken) { b.open = true }, change(me, "7351"), "open account"},
		"account not opened, again": {func(b *broken) { b.open = true }, change(again, "9272"), "open account"},
	} {
		before, lines := b.record(ben), len(b.journal())
		c.breaks(parts)
		err := c.verb()
		*parts = broken{Store: b.store, PINs: b.hsm}
		require.ErrorIs(t, err, errBroken, name)
		var r *channel.Refusal
		assert.False(t, errors.As(err, &r), name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Equal(t, before, b.record(ben), name)
		assert.Len(t, b.journal(), lines, name)
	}
}

func TestConfig(t *testing.T) {
	b := newBank(t)
	for _, c := range []channel.Config{{}, {Store: b.store}, {PINs: b.hsm}} {
		_, err := channel.New(c)
		assert.Error(t, err)
	}
	var log bytes.Buffer
	events, err := oplog.New(&log, b.clock.Now, oplog.Options{})
	require.NoError(t, err)
	s, err := channel.New(channel.Config{Store: b.store, PINs: b.hsm, Clock: b.clock, Log: events})
	require.NoError(t, err)
	_, err = s.Activate(t.Context(), b.asks(ben, ben))
	require.NoError(t, err)
	_, err = s.Activate(t.Context(), b.asks(anna, ben))
	requireRefusal(t, channel.NotAllowed, err)
	unknown := channel.Asked{Member: anna, Door: member.Web, Card: account.Ref{1}}
	_, err = s.Unblock(t.Context(), unknown)
	requireRefusal(t, channel.NotAllowed, err)
	assert.Contains(t, log.String(), `action="unblock PIN" why="no such card"`)
	assert.Contains(t, log.String(), `event="card activated"`)
	assert.Contains(t, log.String(), `event=refused`)
	assert.Contains(t, log.String(), `who="member 1 by web" why="activate card: not-allowed`)
}

// A key has its bound, and not less.
func TestKeyMax(t *testing.T) {
	b := newBank(t)
	a := b.asks(ben, ben)
	a.Key = strings.Repeat("x", channel.KeyMax)
	_, err := b.CreatePIN(t.Context(), a, digits("8361"))
	require.NoError(t, err)
	a.Key += "x"
	_, err = b.CreatePIN(t.Context(), a, digits("8361"))
	r := requireRefusal(t, channel.KeyRefused, err)
	assert.Equal(t, "send the request with a new key", r.Next())
	lines := b.journal()
	assert.Equal(t, "member 2 by web: refused: create PIN: key-reused", lines[len(lines)-1])
}
