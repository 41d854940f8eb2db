package issuercmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Init makes an issuer.
type Init struct {
	Data
	Keys    string  `placeholder:"FILE" help:"Test keys that the issuer is to know, so that cards and terminals of others work with it: JSON, docs/issuer.md."`
	Seed    *uint64 `placeholder:"N" help:"Draw the keys of cards and terminals, and what --demo makes, from a stream that repeats: anyone can derive them."`
	Demo    bool    `help:"Make a primary and a supplementary member with a card each."`
	NoLogin bool    `help:"The members of --demo have no login yet: each gets what is printed on his card, and registers in Online Services or the app."`
	Store   string  `placeholder:"URL" help:"PostgreSQL database that is to have the store, so that several issuers share it, without a password in it: docs/scaling.md. Default: a file of the data directory."`
	Handout string  `placeholder:"DIR" help:"Directory to make for what --demo hands out. Default: the data directory's name with -handout behind it."`

	AskPassphrase bool `name:"passphrase" help:"Seal the keys under a passphrase, which is asked for twice, in place of a storage key file."`
	KeySource
}

// Help is the text of the help page.
func (*Init) Help() string {
	return `Makes the data directory of an issuer: keys, sealed under the storage key, and
the store. It appears as a whole or not at all. With --demo there are two members,
Anna (primary) and Ben (supplementary, on Anna's account), and a second directory
with what they and a terminal get: card files, passwords, a key for PIN blocks.
The storage key must not lie in the data directory. In its place the keys can be
sealed under a passphrase (--passphrase, --passphrase-file) or under a key in a
PKCS#11 token (--pkcs11-module); card files of --demo need the storage key even so.

Example:

  $ till issuer init --data bank --demo --seed 1 --key storage.key
  till: made the storage key storage.key: keep it, cards open with it alone
  bank          issuer with 2 members and 2 cards, not activated
  bank-handout  for members and terminals
    anna        anna.card 374245*****1007, password in anna.password
    ben         ben.card 374245*****1006, password in ben.password
    terminal    terminal.json, initial keys for DUKPT
`
}

// made is what is told of an issuer that was made.
type made struct {
	Data     string         `json:"data"`
	Handout  string         `json:"handout,omitempty"`
	Members  []cast.Handout `json:"members"`
	Terminal string         `json:"terminal_file,omitempty"`
}

// Run makes the issuer.
func (c *Init) Run(parent *Command, streams cli.Streams) error {
	switch {
	case c.Handout != "" && !c.Demo:
		return errors.New("--handout: of no use without --demo")
	case c.NoLogin && !c.Demo:
		return errors.New("--no-login: of no use without --demo")
	}
	kek, err := c.kek(streams)
	if err != nil {
		return err
	}
	file := kek.File
	if c.Demo { // card files are sealed under a file
		if file, err = c.Path(); err != nil {
			return err
		}
	}
	if err := c.checkPlaces(file); err != nil {
		return err
	}
	if file != "" {
		if _, err := c.ReadOrMake(streams); err != nil {
			return err
		}
	}
	draft, err := c.begin(kek)
	if err != nil {
		return fmt.Errorf("make issuer: %w", err)
	}
	result, err := c.fill(draft)
	if err = errors.Join(err, draft.Close()); err != nil {
		return fmt.Errorf("make issuer: %w", err)
	}
	if parent.JSON {
		return writeJSON(streams, result)
	}
	return result.print(streams)
}

// kek returns what the keys are to be sealed under.
func (c *Init) kek(streams cli.Streams) (hsm.KEK, error) {
	asked := c.AskPassphrase || c.line("").Given()
	switch {
	case asked && c.named():
		return hsm.KEK{}, errTwoSources
	case c.named():
		return c.Token.kek(streams, "")
	case asked:
		return c.fresh(streams, ""), nil
	}
	file, err := c.Path()
	return hsm.KEK{File: file}, err
}

// checkPlaces refuses places that are taken, before anything is made.
func (c *Init) checkPlaces(key string) error {
	if c.Demo && c.Handout == "" {
		c.Handout = filepath.Clean(c.Data.Data) + "-handout"
	}
	for _, place := range []string{c.Data.Data, c.Handout} {
		if _, err := os.Lstat(place); place != "" && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make %s: it is there already: name another place, or remove it", place)
		}
		if _, err := os.Stat(filepath.Dir(place)); err != nil {
			return fmt.Errorf("make %s: the folder above it is not there: make that first", place)
		}
	}
	if key != "" && inside(key, c.Data.Data) {
		return fmt.Errorf("--key: %s lies in the data directory: put it outside, who copies the one would have the other", key)
	}
	return nil
}

// inside reports whether a file lies below a directory.
func inside(file, dir string) bool {
	absolute, err1 := filepath.Abs(file)
	root, err2 := filepath.Abs(dir)
	return err1 == nil && err2 == nil && strings.HasPrefix(absolute, root+string(filepath.Separator))
}

// begin begins the data directory with the keys that were given, or those of the
// seed; all others are drawn.
func (c *Init) begin(kek hsm.KEK) (*issuer.Draft, error) {
	switch {
	case c.Keys != "":
		f, err := os.Open(c.Keys)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return issuer.Init(c.Data.Data, kek, f)
	case c.Seed != nil:
		keys, err := issuer.SeededKeys(c.source())
		if err != nil {
			return nil, err
		}
		return issuer.Init(c.Data.Data, kek, keys)
	}
	return issuer.Init(c.Data.Data, kek, nil)
}

// source returns what members and cards of the demonstration are drawn from.
func (c *Init) source() random.Source {
	if c.Seed == nil {
		return random.Source{}
	}
	return random.Seeded(*c.Seed)
}

// fill adds what --demo asks for, and puts all in its place.
func (c *Init) fill(draft *issuer.Draft) (made, error) {
	result := made{Data: c.Data.Data, Handout: c.Handout, Members: []cast.Handout{}}
	if c.Store != "" {
		if err := draft.StoreIn(context.Background(), c.Store); err != nil {
			return result, err
		}
	}
	if !c.Demo {
		return result, draft.Commit()
	}
	key, err := c.Read()
	if err != nil {
		return result, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(c.Handout), ".till-handout-*") // mode 0700
	if err != nil {
		return result, err
	}
	defer os.RemoveAll(folder)
	everybody := cast.New(cast.Config{Draft: draft, Source: c.source(), Folder: folder, Key: key, Date: emv.DateOf(clock.System{}.Now()), Unregistered: c.NoLogin})
	if result.Members, err = everybody.Everybody(context.Background()); err != nil {
		return result, err
	}
	if result.Terminal, err = everybody.Terminal(); err != nil {
		return result, err
	}
	if err := durable.Folder(folder); err != nil {
		return result, err
	}
	if err := draft.Commit(); err != nil {
		return result, err
	}
	if err := os.Rename(folder, c.Handout); err != nil {
		return result, err
	}
	return result, durable.Folder(filepath.Dir(c.Handout))
}

func (m made) print(streams cli.Streams) error {
	var table cli.Table
	if len(m.Members) == 0 {
		table.Row(m.Data, "issuer without members")
		return table.Print(streams.Out)
	}
	table.Row(m.Data, fmt.Sprintf("issuer with %s and %s, not activated", cli.Count(len(m.Members), "member"), cli.Count(len(m.Members), "card")))
	table.Row(m.Handout, "for members and terminals")
	for _, h := range m.Members {
		login := "password in " + h.PasswordFile
		if h.FaceFile != "" {
			login = "not registered, card face in " + h.FaceFile
		}
		table.Row("  "+h.Login, fmt.Sprintf("%s %s, %s", h.CardFile, h.PAN, login))
	}
	if m.Terminal != "" {
		table.Row("  terminal", m.Terminal+", initial keys for DUKPT")
	}
	return table.Print(streams.Out)
}
