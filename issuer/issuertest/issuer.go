package issuertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// The test keys: master keys of ours, base derivation keys of published DUKPT
// examples.
const (
	imkAC   = "0123456789ABCDEF1032547698BADCFE"
	imkSMI  = "2315208C9110AD401032547698BADCFE"
	imkSMC  = "1032547698BADCFE0123456789ABCDEF"
	bdkTDES = "0123456789ABCDEFFEDCBA9876543210"
	bdkAES  = "FEDCBA9876543210F1F1F1F1F1F1F1F1"
	zoneKey = "1F1F1F1F0E0E0E0E1C1C1C1C0B0B0B0B"
)

// Keys returns the file of the test keys, for issuer.Init.
func Keys() io.Reader { return strings.NewReader(keys) }

// keys is the file of given keys.
var keys = fmt.Sprintf(`{"key_sets":[{"number":1,"option":"A","imk_ac":%q,"imk_smi":%q,"imk_smc":%q}],"bdk_tdes":%q,"bdk_aes":%q,"zone_key":%q}`,
	imkAC, imkSMI, imkSMC, bdkTDES, bdkAES, zoneKey)

// Start is when the issuer's clock starts.
var Start = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// Issuer is a store with a security module, and the members of the cards.
type Issuer struct {
	Store  store.Store
	Module *hsm.Software
	Clock  *clock.Virtual

	primary, other member.ID
	cards, stan    atomic.Uint32

	padLock         sync.Mutex
	tdesPad, aesPad *PINPad // of Card.EnterPIN
}

// NewIssuer returns an issuer on an empty store.
func NewIssuer(t testing.TB, s store.Store) *Issuer {
	t.Helper()
	module, err := hsm.New(Keys(), nil)
	require.NoError(t, err)
	return NewIssuerWith(t, s, module)
}

// NewIssuerWith returns an issuer on an empty store, with a module that has the test
// keys.
func NewIssuerWith(t testing.TB, s store.Store, module *hsm.Software) *Issuer {
	t.Helper()
	i := &Issuer{Store: s, Module: module, Clock: clock.NewVirtual(Start)}
	var err error
	i.primary, err = s.Members().Create(context.Background(), member.Member{Name: "Primary", Login: member.Login{Name: "primary"}})
	require.NoError(t, err)
	i.other, err = s.Members().Create(context.Background(), member.Member{Name: "Supplementary", Login: member.Login{Name: "other"}})
	require.NoError(t, err)
	return i
}

// imk returns an issuer master key.
func imk(t testing.TB, digits string) secret.Key {
	t.Helper()
	raw := make([]byte, len(digits)/2)
	_, err := fmt.Sscanf(digits, "%x", &raw)
	require.NoError(t, err)
	k, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return k
}

// NewCard returns an active card without a PIN, with limits of 500.00 and 2000.00,
// and 50.00 without a PIN, in currency 978, after the changes.
func (i *Issuer) NewCard(t testing.TB, changes ...func(*store.Record)) *Card {
	t.Helper()
	pan, err := account.ParsePAN(fmt.Appendf(nil, "37424500%07d", i.cards.Add(1)))
	require.NoError(t, err)
	record := store.Record{
		Holder: i.primary, Primary: i.primary, Status: store.Active,
		LastFour: pan.String()[pan.Len()-4:], Expiry: account.Expiry{Year: 2029, Month: time.December},
		Chip:   store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
		Limits: store.Limits{Currency: Currency, PerTransaction: 500_00, PerDay: 2000_00, NoPIN: 50_00},
	}
	ref := i.Module.Ref(pan, record.SequenceNumber)
	record.PAN, err = i.Module.SealPAN(ref, pan)
	require.NoError(t, err)
	for _, change := range changes {
		change(&record)
	}
	require.NoError(t, i.Store.Create(context.Background(), ref, record))
	return i.chip(t, pan, ref, record)
}

// Supplementary makes a card that of the supplementary member.
func (i *Issuer) Supplementary(r *store.Record) { r.Holder = i.other }

func (i *Issuer) chip(t testing.TB, pan account.PAN, ref account.Ref, r store.Record) *Card {
	t.Helper()
	master := cryptogram.MasterKeys{AC: imk(t, imkAC), SMI: imk(t, imkSMI), SMC: imk(t, imkSMC)}
	profile, ok := cryptogram.ProfileByName(r.Chip.Cryptogram)
	require.True(t, ok)
	style, ok := script.StyleByName(r.Chip.Script)
	require.True(t, ok)
	return &Card{issuer: i, PAN: pan, Ref: ref, Expiry: r.Expiry, keys: master.ForCard(pan, r.SequenceNumber, r.Chip.Option), profile: profile, style: style}
}

// PIN returns the PIN of these digits.
func PIN(t testing.TB, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

// Record returns the record of a card.
func (i *Issuer) Record(t testing.TB, ref account.Ref) (r store.Record) {
	t.Helper()
	require.NoError(t, i.Store.View(context.Background(), ref, func(s store.Snapshot) error {
		r = *s.Card()
		return nil
	}))
	return r
}

// Change changes the record of a card.
func (i *Issuer) Change(t testing.TB, ref account.Ref, change func(*store.Record)) {
	t.Helper()
	require.NoError(t, i.Store.Update(context.Background(), ref, func(tx store.Tx) error {
		change(tx.Card())
		return nil
	}))
}

// SetPIN has the holder create a PIN, or change it where there is one.
func (i *Issuer) SetPIN(t testing.TB, c *Card, digits string) {
	t.Helper()
	i.Change(t, c.Ref, func(r *store.Record) {
		g := r.PIN.Next()
		var event pinlife.Event = pinlife.PINChanged{Generation: g}
		if r.PIN.Phase() == pinlife.Unset {
			event = pinlife.PINCreated{Generation: g}
		}
		sealed, err := i.Module.SealPIN(c.module(r), g, PIN(t, digits))
		require.NoError(t, err)
		state, _ := r.PIN.Step(event)
		require.Equal(t, g, state.Pending)
		r.SetPIN(sealed)
		r.Advance(state)
	})
}

// Personalise gives chip and issuer a PIN that was there from the start.
func (i *Issuer) Personalise(t testing.TB, c *Card, digits string) {
	t.Helper()
	i.Change(t, c.Ref, func(r *store.Record) {
		r.PIN = pinlife.Personalised()
		sealed, err := i.Module.SealPIN(c.module(r), r.PIN.Proven, PIN(t, digits))
		require.NoError(t, err)
		r.SetPIN(sealed)
	})
	c.PIN, c.Tries = PIN(t, digits), TriesMax
}

// module returns the card as the security module knows it.
func (c *Card) module(r *store.Record) hsm.Card {
	return hsm.Card{PAN: c.PAN, SequenceNumber: r.SequenceNumber, KeySet: r.Chip.KeySet, Option: r.Chip.Option, Cryptogram: r.Chip.Cryptogram, Script: r.Chip.Script}
}

// Journal returns kind and detail of the account's entries, oldest first.
func (i *Issuer) Journal(t testing.TB, ref account.Ref) (lines []string) {
	t.Helper()
	for e, err := range i.Store.Journal(context.Background(), 0) {
		require.NoError(t, err)
		if bytes.Equal(e.Ref[:], ref[:]) {
			lines = append(lines, e.Kind+": "+e.Detail)
		}
	}
	return lines
}
