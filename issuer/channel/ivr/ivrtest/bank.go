// Package ivrtest is an issuer with a phone line, for tests of what brings calls to it.
package ivrtest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// The account numbers of Anna, who is primary, and Ben.
const (
	AnnaPAN = "374245001741007"
	BenPAN  = "374245001751006"
)

// Bank is an issuer with a phone line.
type Bank struct {
	*ivr.Line
	Store   store.Store
	Service *channel.Service
	Clock   *clock.Virtual
	Log     bytes.Buffer
	Events  []channel.Event // what was asked for
	Cards   map[string]account.Ref

	t      testing.TB
	module *hsm.Software
	expiry account.Expiry
}

// NewBank returns an issuer with Anna, who is primary, and Ben, each with a card that
// is not activated.
func NewBank(t testing.TB) *Bank {
	t.Helper()
	module, err := hsm.New(nil, random.Seeded(1).Stream("hsm"))
	require.NoError(t, err)
	b := &Bank{
		t: t, Store: mem.New(), module: module, Clock: clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)),
		expiry: account.Expiry{Year: 2035, Month: time.December}, Cards: map[string]account.Ref{},
	}
	for _, m := range []member.Member{
		{Name: "Anna", Birth: member.Date{Year: 1985, Month: time.March, Day: 14}},
		{Name: "Ben", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}},
	} {
		_, err := b.Store.Members().Create(t.Context(), m)
		require.NoError(t, err)
	}
	b.issue(1, AnnaPAN)
	b.issue(2, BenPAN)
	log, err := oplog.New(&b.Log, b.Clock.Now, oplog.Options{})
	require.NoError(t, err)
	b.Service, err = channel.New(channel.Config{
		Store: b.Store, PINs: module, Clock: b.Clock, Log: log, TriesMax: 3, Observe: func(e channel.Event) { b.Events = append(b.Events, e) },
	})
	require.NoError(t, err)
	b.Line, err = ivr.NewLine(ivr.Config{Service: b.Service, Care: true, Clock: b.Clock, Log: log})
	require.NoError(t, err)
	return b
}

func (b *Bank) issue(holder member.ID, digits string) {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(b.t, err)
	ref := b.module.Ref(pan, 0)
	sealed, err := b.module.SealPAN(ref, pan)
	require.NoError(b.t, err)
	b.Cards[digits] = ref
	require.NoError(b.t, b.Store.Create(b.t.Context(), ref, store.Record{
		Holder: holder, Primary: 1, PAN: sealed, LastFour: digits[len(digits)-4:], Expiry: b.expiry,
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
}

// Code returns the identification digits of a card.
func (b *Bank) Code(digits string) (code string) {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(b.t, err)
	cid, err := b.module.CID(hsm.Card{PAN: pan}, b.expiry, channel.CodeDigits)
	require.NoError(b.t, err)
	cid.Open(func(clear []byte) { code = string(clear) })
	return code
}

// Journal returns what the journal says, oldest first.
func (b *Bank) Journal() (lines []string) {
	for e, err := range b.Store.Journal(context.Background(), 0) {
		require.NoError(b.t, err)
		lines = append(lines, e.Actor+": "+e.Kind+": "+e.Detail)
	}
	return lines
}
