package sim

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// start is when every run begins, on its virtual clock.
var start = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// templateSeed is that of the keys, which are the same in all runs.
const templateSeed = 1

// tillsMax is how many terminals there are.
const tillsMax = 2

// template is what all runs with one card profile begin with: it is made once, since
// certificates take long to draw.
type template struct {
	secret.Opaque
	keys      []byte // of the issuer
	storage   secret.Key
	memory    *card.Memory
	record    store.Record
	number    account.SequenceNumber
	ref       account.Ref
	pan       account.PAN
	personal  pin.PIN // that the chip was personalised with; zero for none
	terminals [tillsMax]terminalSetup
}

// terminalSetup is what a terminal is delivered with.
type terminalSetup struct {
	profile profile.Profile
	ksn     dukpt.TDESKSN
	initial secret.Key
}

// newTemplate makes what runs with a card profile and a terminal profile begin with.
// Both are those of the program.
func newTemplate(cardProfile, terminalProfile string) (*template, error) {
	t := &template{}
	source := random.Seeded(templateSeed)
	keys, err := issuer.SeededKeys(source)
	if err != nil {
		return nil, err
	}
	if t.keys, err = io.ReadAll(keys); err != nil {
		return nil, err
	}
	if t.storage, err = secret.NewAES(bytes.Repeat([]byte{0x5C}, 32)); err != nil {
		return nil, err
	}
	module, err := t.module()
	if err != nil {
		return nil, err
	}
	if err := t.personalise(module, source, cardProfile); err != nil {
		return nil, fmt.Errorf("personalise card %q: %w", cardProfile, err)
	}
	for n := range t.terminals {
		if err := t.deliver(module, n, terminalProfile); err != nil {
			return nil, fmt.Errorf("set up terminal %q: %w", terminalProfile, err)
		}
	}
	return t, nil
}

// module returns the issuer's keys. What it draws is the same in every run.
func (t *template) module() (*hsm.Software, error) {
	return hsm.New(bytes.NewReader(t.keys), random.Seeded(templateSeed).Stream("issuer/hsm"))
}

// The member who holds the card, and another.
const (
	holderID   member.ID = 1
	strangerID member.ID = 2
)

// personalise makes the card and the issuer's record of it. What may be spent is no
// matter here.
func (t *template) personalise(module *hsm.Software, source random.Source, name string) error {
	text, err := perso.Load(profiles{}, name+perso.Suffix)
	if err != nil {
		return err
	}
	made, ref, record, err := issuer.Personalise(module, issuer.NewCard{
		Profile: text, Options: perso.Options{Random: source, Date: emv.DateOf(start)},
		Holder: holderID, Primary: holderID, Limits: store.Limits{Currency: currency},
	})
	if err != nil {
		return err
	}
	application := made.Image.Applications[0]
	t.ref, t.record, t.pan, t.number, t.personal = ref, record, application.PAN, application.SequenceNumber, application.PIN
	t.memory = card.NewMemory()
	return card.Create(t.memory, t.storage, made.Image, source.Stream("card/memory"))
}

//go:embed profiles
var ownProfiles embed.FS

// profiles are the card profiles of the simulation, and those of the program.
type profiles struct{}

// Open opens a profile.
func (profiles) Open(name string) (fs.File, error) {
	f, err := ownProfiles.Open("profiles/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return testdata.Profiles.Open("profiles/" + name)
	}
	return f, err
}

// currency is that of the terminals.
const currency = 840

// deliver sets a terminal up.
func (t *template) deliver(module *hsm.Software, n int, name string) (err error) {
	s := &t.terminals[n]
	if s.profile, err = profile.Named(name); err != nil {
		return err
	}
	s.profile.TerminalIdentification = fmt.Sprintf("TILL%04d", n+1)
	s.ksn = cast.TerminalKSN()
	s.ksn[6] += byte(n)
	s.initial, err = module.InitialKeyTDES(s.ksn)
	return err
}

// members adds the members to a store.
func members(ctx context.Context, s store.Store) error {
	for _, m := range []member.Member{
		{Name: "Anna", Birth: member.Date{Year: 1985, Month: time.March, Day: 14}, Login: member.Login{Name: "anna"}},
		{Name: "Carl", Birth: member.Date{Year: 1979, Month: time.May, Day: 3}, Login: member.Login{Name: "carl"}},
	} {
		if _, err := s.Members().Create(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// templates are those that were made, by their names.
var templates sync.Map

// templateOf returns the template of two profiles.
func templateOf(cardProfile, terminalProfile string) (*template, error) {
	made, _ := templates.LoadOrStore(cardProfile+"/"+terminalProfile, sync.OnceValues(func() (*template, error) {
		return newTemplate(cardProfile, terminalProfile)
	}))
	return made.(func() (*template, error))()
}
