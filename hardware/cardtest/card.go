package cardtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata"
)

// Options say which card is made. The zero value is a card of the profile
// "amex-pin", whose PIN is 1234.
type Options struct {
	Profile string // name of a profile that comes with till
	Text    string // in its place: the text of a profile, which may extend one of those
	Seed    uint64 // another seed makes another card where the profile leaves things open
	// Date is the day of issue; the zero value is 2026-01-01.
	Date emv.Date
	// Edit may change the card before it is written, to what no profile allows; nil
	// changes nothing.
	Edit func(*image.Image)
	// Cut says where the power of the card goes, once: see card.Config. nil is never.
	Cut func(card.Point) bool
}

// Card is an emulated card in memory. Its chip takes commands between PowerOn and
// the loss of power; Insert and Tap are PowerOn for tests.
type Card struct {
	secret.Opaque
	*card.ICC
	// Issued is the card as it was personalised: the issuer master keys it was made
	// with and the CA public keys that terminals need for it.
	Issued perso.Card

	memory *card.Memory
	key    secret.Key
	strike func(card.Point) bool // nil: never
}

// New makes a card, or fails the test.
func New(t testing.TB, o Options) *Card {
	t.Helper()
	c, err := Make(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// profileDefault is the profile of a card whose options name none.
const profileDefault = "amex-pin"

// Make makes a card.
func Make(o Options) (*Card, error) {
	if o.Date == (emv.Date{}) {
		o.Date = emv.Date{Year: 2026, Month: 1, Day: 1}
	}
	profile, err := o.load()
	if err != nil {
		return nil, fmt.Errorf("make test card: %w", err)
	}
	source := random.Seeded(o.Seed)
	issued, err := perso.Personalise(profile, perso.Options{Random: source, Date: o.Date})
	if err != nil {
		return nil, fmt.Errorf("make test card: %w", err)
	}
	if o.Edit != nil {
		o.Edit(&issued.Image)
	}
	key, err := secret.NewAES(bytes.Repeat([]byte{0x5A}, 32))
	if err != nil {
		return nil, fmt.Errorf("make test card: %w", err)
	}
	c := &Card{Issued: issued, strike: o.Cut, memory: card.NewMemory(), key: key}
	if err := card.Create(c.memory, key, issued.Image, source.Stream("card memory")); err != nil {
		return nil, fmt.Errorf("make test card: %w", err)
	}
	return c, c.Reopen()
}

// load reads the profile.
func (o Options) load() (perso.Profile, error) {
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	if err != nil {
		return perso.Profile{}, err
	}
	if o.Text == "" {
		name := o.Profile
		if name == "" {
			name = profileDefault
		}
		return perso.Load(builtIn, name+perso.Suffix)
	}
	const own = "profile-of-the-test" + perso.Suffix
	return perso.Load(overlay{builtIn, fstest.MapFS{own: {Data: []byte(o.Text)}}}, own)
}

// overlay is a file system over another.
type overlay struct{ below, above fs.FS }

// Open opens a file of the upper one, or else of the lower one.
func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.above.Open(name); err == nil {
		return f, nil
	}
	return o.below.Open(name)
}

// Reopen opens the card again from its memory, as a program does that was
// started anew, or after Options.Cut has struck.
func (c *Card) Reopen() error {
	icc, err := card.Open(card.Config{Medium: c.memory, Key: c.key, Cut: c.cut})
	if err != nil {
		return fmt.Errorf("open test card: %w", err)
	}
	c.ICC = icc
	return nil
}

// cut takes the power once.
func (c *Card) cut(p card.Point) bool {
	if c.strike == nil || !c.strike(p) {
		return false
	}
	c.strike = nil
	return true
}

// CutAt takes the power of the card at a point, once, the next time that it comes
// there. It must not be called while the card carries out a command.
func (c *Card) CutAt(p card.Point) {
	c.strike = func(at card.Point) bool { return at == p }
}

// Insert powers the card on over contacts: a cold reset.
func (c *Card) Insert(t testing.TB) hardware.Card {
	t.Helper()
	return c.present(t, hardware.Contact)
}

// Tap powers the card on without contacts.
func (c *Card) Tap(t testing.TB) hardware.Card {
	t.Helper()
	return c.present(t, hardware.Contactless)
}

func (c *Card) present(t testing.TB, p hardware.Presentation) hardware.Card {
	t.Helper()
	chip, err := c.PowerOn(p)
	if err != nil {
		t.Fatal(err)
	}
	return chip
}
