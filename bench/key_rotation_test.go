package bench_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
)

// another adds a card to the issuer, which does not run, and a terminal's initial key
// under the newest base derivation key.
func (w *wire) another(pan, bdk string) {
	w.t.Helper()
	draft, err := issuerhost.Extend(w.data, hsm.KEK{File: w.kek})
	require.NoError(w.t, err)
	defer draft.Close()
	number, err := account.ParsePAN([]byte(pan))
	require.NoError(w.t, err)
	text, err := perso.Load(w.profiles(), "amex-pin"+perso.Suffix)
	require.NoError(w.t, err)
	w.made, w.ref, err = draft.Issue(w.t.Context(), issuerhost.NewCard{
		Profile: text, Options: perso.Options{Random: random.Seeded(2), Date: emv.DateOf(now), PAN: number}, Holder: 1, Primary: 1, Limits: w.limits,
	})
	require.NoError(w.t, err)
	w.chip = issue(w.t, w.made)
	id, err := hex.DecodeString(bdk)
	require.NoError(w.t, err)
	ksn := dukpt.TDESKSN{7: 0xE0}
	copy(ksn[:], id)
	initial, err := draft.Module().InitialKeyTDES(ksn)
	require.NoError(w.t, err)
	w.initial = func(byte) (secret.Key, dukpt.TDESKSN) { return initial, ksn }
	require.NoError(w.t, draft.Commit())
}

// lives takes a card through a purchase, a change of its PIN and cash with the new one.
func (w *wire) lives(from, to string) {
	w.t.Helper()
	assert.Equal(w.t, message.ActionApproved, w.draws(from))
	w.change(to, "pending")
	assert.True(w.t, w.insert(from).Approved())
	w.has(to, from)
	w.proves(to)
	assert.Equal(w.t, message.ActionApproved, w.draws(to))
}

// holding is a card with the terminal that it is used at.
type holding struct {
	ref      account.Ref
	chip     *card.Memory
	terminal *terminal
}

// hold puts a card into its holder's hand, before its terminal.
func (w *wire) hold(h holding) {
	w.ref, w.chip, w.first, w.link = h.ref, h.chip, h.terminal, h.terminal.link
	w.at(w.addresses)
}

// retires retires a key of the issuer, which is stopped for it.
func (w *wire) retires(name string) error {
	w.halt()
	err := issuerhost.RetireKey(w.t.Context(), w.data, hsm.KEK{File: w.kek}, name)
	w.start()
	return err
}

// TestWireKeyRotation: every kind of key rotates between two cards. The one that was
// issued before and the one that was issued after both pay and change their PINs, at a
// terminal of the old base derivation key and one of the new. A key that a card needs
// is not retired; what was under a retired one is refused with the reason.
func TestWireKeyRotation(t *testing.T) {
	w := newWire(t, "amex-pin")
	assert.EqualValues(t, 1, w.made.Image.Applications[0].DKI)
	w.lives(oldPIN, newPIN)
	old := holding{w.ref, w.chip, w.first}
	w.halt()
	names := map[hsm.KeyKind]string{}
	for _, kind := range []hsm.KeyKind{hsm.MasterKeys, hsm.PINKeys, hsm.DataKeys, hsm.BaseTDES, hsm.BaseAES, hsm.ZoneKeys} {
		var err error
		names[kind], err = issuerhost.RotateKeys(w.data, hsm.KEK{File: w.kek}, kind, nil)
		require.NoError(t, err)
	}
	w.another("374245001751006", strings.TrimPrefix(names[hsm.BaseTDES], "BDK TDES "))
	assert.EqualValues(t, 2, w.made.Image.Applications[0].DKI)
	fresh := holding{w.ref, w.chip, nil}
	w.start()
	fresh.terminal = w.terminal(2)

	assert.ErrorIs(t, w.retires("PIN key 1"), issuerhost.ErrKeyNeeded, "the old card's PIN is under it")
	w.hold(fresh)
	w.ask("POST", "/activate", "")
	w.lives(oldPIN, newPIN)
	w.hold(old)
	w.lives(newPIN, thirdPIN)

	require.NoError(t, w.retires("PIN key 1"), "the old card has a new PIN")
	err := w.retires("set 1")
	require.ErrorIs(t, err, issuerhost.ErrKeyNeeded)
	require.ErrorContains(t, err, "1 cards")
	require.NoError(t, w.retires("BDK TDES"))
	w.hold(old)
	assert.Equal(t, message.ActionPINKeySynchronisation, w.draws(thirdPIN))
	assert.Contains(t, strings.Join(w.reasons(), "\n"), "key of the PIN block is retired: load a new one into terminal or host")
	assert.True(t, w.insert(thirdPIN).Approved(), "the chip checks it")
	w.hold(fresh)
	assert.Equal(t, message.ActionApproved, w.draws(newPIN))

	w.hold(old)
	w.act("close")
	require.NoError(t, w.retires("set 1"))
	w.hold(old)
	assert.False(t, w.insert(thirdPIN).Approved())
	w.hold(fresh)
	w.lives(newPIN, thirdPIN)
	w.halt()
	report, err := issuerhost.Check(t.Context(), w.data, hsm.KEK{File: w.kek})
	require.NoError(t, err)
	assert.Empty(t, report.Findings)
}

// reasons are the texts of the card's journal.
func (w *wire) reasons() (all []string) {
	w.t.Helper()
	_, entries := w.records()
	w.start()
	for _, e := range entries {
		if e.Ref == w.ref && !slices.Contains(all, e.Detail) {
			all = append(all, e.Detail)
		}
	}
	return all
}
