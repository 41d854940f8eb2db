package channel_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// The members, with the cards that they hold.
const (
	anna member.ID = iota + 1 // primary
	ben                       // supplementary
	carl                      // a stranger
)

// bank is an issuer with a card of Anna's and one of Ben's on Anna's account.
type bank struct {
	*channel.Service
	t     *testing.T
	store store.Store
	hsm   *hsm.Software
	clock *clock.Virtual
	cards map[member.ID]account.Ref

	observe func(channel.Event)
}

func newBank(t *testing.T) *bank {
	t.Helper()
	module, err := hsm.New(nil, random.Seeded(1).Stream("hsm"))
	require.NoError(t, err)
	b := &bank{t: t, store: mem.New(), hsm: module, clock: clock.NewVirtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)), cards: map[member.ID]account.Ref{}, observe: func(channel.Event) {}}
	for _, m := range []member.Member{{Name: "Anna"}, {Name: "Ben", Birth: member.Date{Year: 1990, Month: time.May, Day: 17}}, {Name: "Carl"}} {
		_, err := b.store.Members().Create(t.Context(), m)
		require.NoError(t, err)
	}
	b.issue(anna, "374245001741007")
	b.issue(ben, "374245002731007")
	b.Service, err = channel.New(channel.Config{
		Store: b.store, PINs: module, Clock: b.clock, TriesMax: 3, Observe: func(e channel.Event) { b.observe(e) },
	})
	require.NoError(t, err)
	return b
}

// issue adds a card on Anna's account.
func (b *bank) issue(holder member.ID, digits string) {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(b.t, err)
	ref := b.hsm.Ref(pan, 0)
	sealed, err := b.hsm.SealPAN(ref, pan)
	require.NoError(b.t, err)
	b.cards[holder] = ref
	require.NoError(b.t, b.store.Create(b.t.Context(), ref, store.Record{
		Holder: holder, Primary: anna, PAN: sealed, LastFour: digits[len(digits)-4:], Expiry: account.Expiry{Year: 2035, Month: time.December},
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
}

// asks is a request of a member by web for a card of a holder.
func (b *bank) asks(who, holder member.ID) channel.Asked {
	return channel.Asked{Member: who, Door: member.Web, Card: b.cards[holder]}
}

func (b *bank) record(holder member.ID) (r store.Record) {
	b.t.Helper()
	require.NoError(b.t, b.store.View(context.Background(), b.cards[holder], func(s store.Snapshot) error {
		r = *s.Card()
		return nil
	}))
	return r
}

// change changes a record, as authorisation or an operator would.
func (b *bank) change(holder member.ID, fn func(*store.Record)) {
	b.t.Helper()
	require.NoError(b.t, b.store.Update(context.Background(), b.cards[holder], func(tx store.Tx) error {
		fn(tx.Card())
		return nil
	}))
}

// journal returns what the journal says of a card, oldest first.
func (b *bank) journal() (lines []string) {
	b.t.Helper()
	for e, err := range b.store.Journal(context.Background(), 0) {
		require.NoError(b.t, err)
		require.Equal(b.t, b.clock.Now(), e.At)
		lines = append(lines, e.Actor+": "+e.Kind+": "+e.Detail)
	}
	return lines
}

func digits(text string) secret.Value { return secret.New([]byte(text)) }
