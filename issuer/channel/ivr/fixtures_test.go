package ivr_test

import (
	"bytes"
	"context"
	"strings"
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
	annaPAN = "374245001741007"
	benPAN  = "374245001751006"
)

// bank is an issuer with a phone line.
type bank struct {
	*ivr.Line
	t       *testing.T
	store   store.Store
	service *channel.Service
	module  *hsm.Software
	clock   *clock.Virtual
	log     bytes.Buffer
	events  []channel.Event
	expiry  account.Expiry
	cards   map[string]account.Ref
}

func newBank(t *testing.T) *bank {
	t.Helper()
	module, err := hsm.New(nil, random.Seeded(1).Stream("hsm"))
	require.NoError(t, err)
	b := &bank{
		t: t, store: mem.New(), module: module, clock: clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)),
		expiry: account.Expiry{Year: 2035, Month: time.December}, cards: map[string]account.Ref{},
	}
	for _, m := range []member.Member{
		{Name: "Anna", Birth: member.Date{Year: 1985, Month: time.March, Day: 14}},
		{Name: "Ben", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}},
	} {
		_, err := b.store.Members().Create(t.Context(), m)
		require.NoError(t, err)
	}
	b.issue(1, annaPAN)
	b.issue(2, benPAN)
	log := oplog.New(&b.log, b.clock.Now)
	b.service, err = channel.New(channel.Config{
		Store: b.store, PINs: module, Codes: module, Clock: b.clock, Log: log, TriesMax: 3, Observe: func(e channel.Event) { b.events = append(b.events, e) },
	})
	require.NoError(t, err)
	b.Line, err = ivr.NewLine(ivr.Config{Service: b.service, Care: true, Clock: b.clock, Log: log})
	require.NoError(t, err)
	return b
}

func (b *bank) issue(holder member.ID, digits string) {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(b.t, err)
	ref := b.module.Ref(pan, 0)
	sealed, err := b.module.SealPAN(ref, pan)
	require.NoError(b.t, err)
	b.cards[digits] = ref
	require.NoError(b.t, b.store.Create(b.t.Context(), ref, store.Record{
		Holder: holder, Primary: 1, PAN: sealed, LastFour: digits[len(digits)-4:], Expiry: b.expiry,
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
}

// code returns the identification digits of a card.
func (b *bank) code(digits string) (code string) {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(b.t, err)
	cid, err := b.module.CID(hsm.Card{PAN: pan}, b.expiry, channel.CodeDigits)
	require.NoError(b.t, err)
	cid.Open(func(clear []byte) { code = string(clear) })
	return code
}

func (b *bank) journal() (lines []string) {
	for e, err := range b.store.Journal(context.Background(), 0) {
		require.NoError(b.t, err)
		lines = append(lines, e.Actor+": "+e.Kind+": "+e.Detail)
	}
	return lines
}

// caller is somebody on the phone.
type caller struct {
	bank *bank
	call *ivr.Call
	hung bool
}

// ring rings up and returns the caller with what he hears.
func (b *bank) ring() (*caller, string) {
	b.t.Helper()
	call, turn, err := b.Begin(b.t.Context(), "test")
	require.NoError(b.t, err)
	c := &caller{bank: b, call: call}
	return c, c.hears(turn)
}

func (c *caller) hears(t ivr.Turn) string {
	c.hung = c.hung || t.HangUp
	words := make([]string, len(t.Say))
	for i, p := range t.Say {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// presses presses keys and returns what is said at last.
func (c *caller) presses(keys string) (heard string) {
	for _, key := range []byte(keys) {
		if said := c.hears(c.call.Press(c.bank.t.Context(), key)); said != "" {
			heard = said
		}
	}
	return heard
}
