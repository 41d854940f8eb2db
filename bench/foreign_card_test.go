package bench_test

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/slot"
	pointofsale "github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// numbered makes a card of the profile amex-pin with that account number.
func numbered(t *testing.T, digits string) perso.Card {
	t.Helper()
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	p, err := perso.Load(profiles, "amex-pin"+perso.Suffix)
	require.NoError(t, err)
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	c, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now), PAN: pan})
	require.NoError(t, err)
	return c
}

// remover takes the card out when the terminal says so.
type remover struct {
	*pinpad.Scripted
	slot *slot.Slot
}

func (r remover) Show(ctx context.Context, m kernel.Message) {
	r.Scripted.Show(ctx, m)
	if m == kernel.MessageRemoveCard {
		r.slot.Pull()
	}
}

// guardedPurchase takes a card through a purchase at a terminal whose reader may hold
// any card. The issuer sends a new PIN, 2580. It returns which PINs were not asked for.
func guardedPurchase(t *testing.T, c perso.Card, memory *card.Memory, p guard.Policy, pins ...string) (*pointofsale.Receipt, error) {
	t.Helper()
	terms, err := profile.Named("demo")
	require.NoError(t, err)
	host := newIssuer(t, c)
	host.newPIN = mustPIN(t, "2580")
	socket, person := slot.New("slot"), pinpad.NewScripted(entries(t, pins)...)
	terminal, err := pointofsale.New(pointofsale.Config{
		Reader: socket, Profile: terms, Cardholder: remover{person, socket}, Online: host, Guard: p, Clock: clock.NewVirtual(now), Rand: random.Seeded(2).Stream("terminal"),
	})
	require.NoError(t, err)
	socket.Insert(open(t, memory))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := terminal.Purchase(ctx, 1234)
	require.NoError(t, err)
	require.NoError(t, socket.Close())
	return receipt, person.Done()
}

// triesOf returns the PIN tries that a card has left.
func triesOf(t *testing.T, m *card.Memory) int { return open(t, m).Status()[0].TriesLeft }

// TestCardsThatAreNotOurs has real cards in a reader that may hold any: one of ours is
// known by its certificate, and from another PIN and script are kept.
func TestCardsThatAreNotOurs(t *testing.T) {
	own := numbered(t, "374245001751006")
	memory := issue(t, own)
	receipt, left := guardedPurchase(t, own, memory, guard.Policy{}, "1234")
	require.NoError(t, left)
	assert.False(t, receipt.Foreign)
	assert.Empty(t, receipt.Withheld)
	assert.True(t, accepts(t, memory, "2580"), "the script has changed the PIN")

	const number = "371449635398431" // in no test range
	foreign := numbered(t, number)
	memory = issue(t, foreign)
	receipt, left = guardedPurchase(t, foreign, memory, guard.Policy{}, "1234")
	require.Error(t, left, "no PIN is asked for")
	assert.True(t, receipt.Foreign)
	assert.Equal(t, []guard.Action{guard.ActionPINEntry, guard.ActionScript}, receipt.Withheld)
	assert.Equal(t, 3, triesOf(t, memory))
	assert.True(t, accepts(t, memory, "1234"), "no script has changed the PIN")

	receipt, left = guardedPurchase(t, foreign, memory, guard.Policy{UsePINOnCard: number[len(number)-4:]}, "9999", "9999", "1234")
	require.Error(t, left, "the last try is left alone")
	assert.Equal(t, 1, triesOf(t, memory))
	assert.Contains(t, receipt.Withheld, guard.ActionScript)

	memory = issue(t, foreign)
	known := func(r *kernel.OnlineRequest) bool { return !r.PAN.IsZero() }
	receipt, left = guardedPurchase(t, foreign, memory, guard.Policy{UsePINOnCard: number[len(number)-4:], KnownKeys: known}, "1234")
	require.NoError(t, left)
	assert.True(t, receipt.Foreign)
	assert.Empty(t, receipt.Withheld)
	assert.True(t, accepts(t, memory, "2580"))
}
