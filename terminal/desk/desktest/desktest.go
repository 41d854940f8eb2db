// Package desktest has a desk for tests: with a scripted chip, a slot, a cardholder and
// an issuer that a test steers step by step.
package desktest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// Bench is a desk with all that it works with.
type Bench struct {
	Desk    *desk.Desk
	Journal *journal.Journal
	Path    string // of the journal
	Profile profile.Profile
	Slot    *slot.Slot
	Issuer  *Issuer

	t       testing.TB
	mu      sync.Mutex
	entries []kernel.PINEntry
}

// Key is the storage key of a bench.
func Key(t testing.TB) secret.Key {
	t.Helper()
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	return key
}

// New returns a bench at work until the test ends. change may alter what the desk works
// with.
func New(t testing.TB, change func(*desk.Config)) *Bench {
	t.Helper()
	p, err := profile.Named("attended")
	require.NoError(t, err)
	p.Applications[0].TACDefault = emv.ActionCode{}
	p.Applications[0].FloorLimit = 0
	p.Applications[0].RandomSelection = profile.RandomSelection{}
	b := &Bench{t: t, Path: filepath.Join(t.TempDir(), "journal"), Profile: p, Slot: slot.New("bench")}
	b.Journal, err = journal.Open(journal.Config{Path: b.Path, Key: Key(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Journal.Close()) })
	b.Issuer = &Issuer{journal: b.Journal, Step: func(Step) {}}
	require.NoError(t, desk.Recover(b.Journal))
	c := desk.Config{
		Terminal: terminal.Config{Profile: p, Online: b.Issuer, Counter: b.Journal}, Journal: b.Journal, Customer: b.come,
	}
	if change != nil {
		change(&c)
	}
	b.Desk, err = desk.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Desk.Close()) })
	return b
}

// Enter has the next customers enter PINs.
func (b *Bench) Enter(digits ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range digits {
		p, err := pin.Parse([]byte(d))
		require.NoError(b.t, err)
		b.entries = append(b.entries, kernel.Entered(p))
	}
}

// come has a customer come, who enters what Enter has said.
func (b *Bench) come() (*desk.Customer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	person := obedient{pinpad.NewScripted(b.entries...), b.Slot}
	b.entries = nil
	return &desk.Customer{Reader: b.Slot, Person: person, Guard: guard.Policy{EmulatedCardsOnly: true}}, nil
}

// obedient removes the card when the terminal says so.
type obedient struct {
	*pinpad.Scripted
	slot *slot.Slot
}

// Show does what it says.
func (o obedient) Show(ctx context.Context, m kernel.Message) {
	o.Scripted.Show(ctx, m)
	if m == kernel.MessageRemoveCard {
		o.slot.Pull()
	}
}

// Copy returns a journal that is what this one is now, as after the death of the process.
func (b *Bench) Copy() *journal.Journal {
	b.t.Helper()
	content, err := os.ReadFile(b.Path)
	require.NoError(b.t, err)
	path := filepath.Join(b.t.TempDir(), "journal")
	require.NoError(b.t, os.WriteFile(path, content, 0o600))
	j, err := journal.Open(journal.Config{Path: path, Key: Key(b.t)})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = j.Close() })
	return j
}

// Ended waits for the end of a payment and returns it.
func (b *Bench) Ended(id uint64) desk.Payment {
	b.t.Helper()
	for after := uint64(0); ; {
		events, more, changed, err := b.Desk.Events(id, after)
		require.NoError(b.t, err)
		if !more {
			p, err := b.Desk.Payment(id)
			require.NoError(b.t, err)
			return p
		}
		if n := len(events); n > 0 {
			after = events[n-1].ID
		}
		select {
		case <-changed:
		case <-b.t.Context().Done():
			b.t.Fatal("the payment does not end")
		}
	}
}

// Types returns the types of the events of a payment.
func (b *Bench) Types(id uint64) (types []desk.EventType) {
	b.t.Helper()
	events, _, _, err := b.Desk.Events(id, 0)
	require.NoError(b.t, err)
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}
