// Package cast has the people of the demonstration, Anna and Ben, and hands out
// what members and terminals get: card files, passwords, a key for PIN blocks.
package cast

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata"
)

// Person is somebody who becomes a member and gets a card.
type Person struct {
	Login, Name, PAN string
	Birth            member.Date
	// Unregistered says that he has no login yet: he gets what is printed on his card
	// in place of a password.
	Unregistered bool
}

// People returns the members of the demonstration, the primary one first. The
// account numbers are test numbers.
func People() []Person {
	return []Person{
		{Login: "anna", Name: "Anna", PAN: "374245001741007", Birth: member.Date{Year: 1985, Month: time.March, Day: 14}},
		{Login: "ben", Name: "Ben", PAN: "374245001751006", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}},
	}
}

// ProfileName is the card profile of the demonstration.
const ProfileName = "amex"

// Limits returns what a card of the demonstration may spend, in cents of US dollars.
func Limits() store.Limits {
	return store.Limits{Currency: 840, PerTransaction: 500_00, PerDay: 1000_00, NoPIN: 50_00, CashPerDay: 300_00, Cashback: 100_00}
}

// Config is what a Cast works with. All is necessary; the zero Source is the
// system's.
type Config struct {
	Draft  *issuer.Draft
	Source random.Source
	Folder string     // for what is handed out
	Key    secret.Key // seals card files
	Date   emv.Date   // of personalisation

	Profiles fs.FS // of card profiles, beside those of the program; nil is none

	// Unregistered leaves all without logins.
	Unregistered bool
}

// Cast makes members and cards.
type Cast struct {
	Config
	passwords io.Reader
}

// New returns a Cast.
func New(c Config) *Cast { return &Cast{Config: c, passwords: c.Source.Stream("issuer/passwords")} }

// Handout is what a member gets.
type Handout struct {
	Login        string `json:"login"`
	Name         string `json:"name"`
	Card         string `json:"card"` // reference
	PAN          string `json:"pan"`  // masked
	CardFile     string `json:"card_file"`
	PasswordFile string `json:"password_file,omitempty"`
	FaceFile     string `json:"face_file,omitempty"` // what is printed on the card, of who is not registered
}

// Everybody makes the members and cards of the demonstration, with what they get.
// The first member is the primary one of all cards.
func (c *Cast) Everybody(ctx context.Context) (all []Handout, err error) {
	var primary member.ID
	for _, p := range People() {
		p.Unregistered = c.Unregistered
		id, err := c.Member(ctx, p)
		if err != nil {
			return nil, err
		}
		if primary == 0 {
			primary = id
		}
		h, _, err := c.Card(ctx, p, ProfileName, id, primary)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

const passwordBytes = 10 // 16 characters of base32

// Member adds a member with a drawn password, which lies in a file of his; one who
// is not registered has neither login nor password.
func (c *Cast) Member(ctx context.Context, p Person) (member.ID, error) {
	if p.Unregistered {
		return c.Draft.AddMember(ctx, member.Member{Name: p.Name, Birth: p.Birth}, secret.Value{})
	}
	raw := make([]byte, passwordBytes)
	if _, err := io.ReadFull(c.passwords, raw); err != nil {
		return 0, fmt.Errorf("draw password: %w", err)
	}
	clear := []byte(strings.ToLower(base32.StdEncoding.EncodeToString(raw)))
	defer secret.Wipe(clear)
	id, err := c.Draft.AddMember(ctx, member.Member{Name: p.Name, Birth: p.Birth, Login: member.Login{Name: p.Login}}, secret.New(clear))
	if err != nil {
		return 0, err
	}
	return id, c.write(p.Login+".password", append(clear, '\n'))
}

// Card personalises a card from a profile, and writes its file.
func (c *Cast) Card(ctx context.Context, p Person, profile string, holder, primary member.ID) (Handout, perso.Card, error) {
	text, err := c.loadProfile(profile)
	if err != nil {
		return Handout{}, perso.Card{}, err
	}
	pan, err := account.ParsePAN([]byte(p.PAN))
	if err != nil {
		return Handout{}, perso.Card{}, err
	}
	options := perso.Options{Random: c.Source, Date: c.Date, PAN: pan}
	made, ref, err := c.Draft.Issue(ctx, issuer.NewCard{Profile: text, Options: options, Holder: holder, Primary: primary, Limits: Limits()})
	if err != nil {
		return Handout{}, made, err
	}
	h := Handout{Login: p.Login, Name: p.Name, Card: ref.String(), PAN: pan.String(), CardFile: p.Login + ".card", PasswordFile: p.Login + ".password"}
	if p.Unregistered {
		h.PasswordFile, h.FaceFile = "", p.Login+".face"
		if err := c.writeFace(h.FaceFile, pan, made); err != nil {
			return h, made, err
		}
	}
	f, err := card.CreateFile(filepath.Join(c.Folder, h.CardFile))
	if err != nil {
		return h, made, err
	}
	return h, made, errors.Join(card.Create(f, c.Key, made.Image, nil), f.Close())
}

// writeFace hands out what is printed on a card: number, expiry, identification code,
// each on a line.
func (c *Cast) writeFace(name string, pan account.PAN, made perso.Card) error {
	expiry, cid, err := c.Draft.Printed(made)
	if err != nil {
		return err
	}
	var content []byte
	defer func() { secret.Wipe(content) }()
	pan.Open(func(digits []byte) { content = append(append(content, digits...), '\n') })
	content = fmt.Appendf(content, "%02d/%02d\n", int(expiry.Month), expiry.Year%100)
	cid.Open(func(digits []byte) { content = append(append(content, digits...), '\n') })
	return c.write(name, content)
}

// loadProfile loads a card profile: one of Profiles, or one that is part of the program.
func (c *Cast) loadProfile(name string) (perso.Profile, error) {
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	if err != nil {
		return perso.Profile{}, err
	}
	return perso.Load(first{c.Profiles, builtIn}, name+perso.Suffix)
}

// first is several file systems: the first that has a file gives it.
type first []fs.FS

// Open opens a file.
func (f first) Open(name string) (file fs.File, err error) {
	err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	for _, one := range f {
		if one == nil {
			continue
		}
		if file, err = one.Open(name); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, err
}

const handoutMode = 0o600

func (c *Cast) write(name string, content []byte) error {
	f, err := os.OpenFile(filepath.Join(c.Folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, handoutMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
