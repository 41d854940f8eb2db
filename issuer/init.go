package issuer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/issuer/store/transfer"
)

// Draft is a data directory in the making. It stands beside its place, under
// another name, until Commit; Close without Commit leaves nothing behind but the
// key-encryption key. One that Extend opens is in its place already.
type Draft struct {
	data, draft string
	module      *hsm.Software
	store       dataStore
	url         string // of the database that is to have the store; empty is none
}

// Init begins a data directory. keys is a JSON file of test keys that the issuer
// is to know, as hsm.Init has it, and may be nil. The error wraps fs.ErrExist where
// something stands in the place of the directory.
func Init(data string, kek hsm.KEK, keys io.Reader) (d *Draft, err error) {
	data = filepath.Clean(data) // its last name, whatever stands behind it
	if _, err := os.Lstat(data); err == nil {
		return nil, fmt.Errorf("make data directory: %w: %s: name another, or remove it", fs.ErrExist, data)
	}
	draft, err := os.MkdirTemp(filepath.Dir(data), ".till-issuer-*") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	d = &Draft{data: data, draft: draft}
	defer func() {
		if err != nil {
			err, d = errors.Join(err, d.Close()), nil
		}
	}()
	if err := hsm.Init(files(draft, kek), keys, nil); err != nil {
		return d, err
	}
	if d.module, err = hsm.Open(files(draft, kek), nil); err != nil {
		return d, err
	}
	d.store, err = openStore(context.Background(), draft, "")
	return d, err
}

// Extend opens the data directory of an issuer that does not run, to add members and
// cards. What is added is there at once, without Commit. The error wraps store.ErrInUse
// where the issuer runs; one whose store is a database may.
func Extend(data string, kek hsm.KEK) (*Draft, error) {
	module, s, err := openData(context.Background(), data, kek, "")
	if err != nil {
		return nil, err
	}
	return &Draft{data: data, module: module, store: s}, nil
}

// Module returns the security module of the directory.
func (d *Draft) Module() *hsm.Software { return d.module }

// Store returns the store of the directory.
func (d *Draft) Store() store.Store { return d.store }

// AddMember adds a member with a login. One with neither login name nor password
// registers with his card.
func (d *Draft) AddMember(ctx context.Context, m member.Member, password secret.Value) (member.ID, error) {
	if m.Login.Name == "" && password.IsZero() {
		return d.store.Members().Create(ctx, m)
	}
	hash, err := member.NewPasswords(rand.Reader, 1).Hash(ctx, password)
	if err != nil {
		return 0, err
	}
	m.Login.Password = hash
	return d.store.Members().Create(ctx, m)
}

// NewCard is a card that is to be issued.
type NewCard struct {
	Profile         perso.Profile
	Options         perso.Options
	Holder, Primary member.ID
	Limits          store.Limits
}

// Issue personalises a card and adds its first application's account to the
// store, not activated. The caller hands out the image.
func (d *Draft) Issue(ctx context.Context, n NewCard) (perso.Card, account.Ref, error) {
	made, ref, record, err := Personalise(d.module, n)
	if err != nil {
		return perso.Card{}, ref, err
	}
	return made, ref, d.store.Create(ctx, ref, record)
}

// Personalise makes a card, and what an issuer knows of it: the account of its first
// application, not activated.
func Personalise(module *hsm.Software, n NewCard) (made perso.Card, ref account.Ref, record store.Record, err error) {
	set := module.CurrentSet()
	if made, err = module.Personalise(n.Profile, set, n.Options); err != nil {
		return perso.Card{}, ref, record, err
	}
	application := made.Image.Applications[0]
	ref = module.Ref(application.PAN, application.SequenceNumber)
	record = store.Record{
		Holder: n.Holder, Primary: n.Primary,
		SequenceNumber: application.SequenceNumber, LastFour: lastFour(application.PAN),
		Chip:   store.Chip{Cryptogram: application.Cryptogram, Script: scriptRow(application), KeySet: set, Option: made.Option},
		Limits: n.Limits,
	}
	if record.Expiry, err = expiryOf(made); err != nil {
		return perso.Card{}, ref, record, err
	}
	record.Effective = effectiveOf(made)
	if record.PAN, err = module.SealPAN(ref, application.PAN); err != nil {
		return perso.Card{}, ref, record, err
	}
	if !application.PIN.IsZero() {
		err = personalised(module, &record, application.PAN, application.PIN)
	}
	return made, ref, record, err
}

// Printed returns what is printed on a card beside its number: expiry and test
// identification code.
func (d *Draft) Printed(made perso.Card) (account.Expiry, secret.Value, error) {
	expiry, err := expiryOf(made)
	if err != nil {
		return expiry, secret.Value{}, err
	}
	application := made.Image.Applications[0]
	cid, err := d.module.CID(hsm.Card{PAN: application.PAN, SequenceNumber: application.SequenceNumber}, expiry, channel.CodeDigits)
	return expiry, cid, err
}

// scriptRow returns the row by which scripts are made for a card. One that knows no
// scripts gets them all the same: its issuer does not know that.
func scriptRow(a image.Application) string {
	if style, ok := script.StyleFor(a.Cryptogram); ok && a.Script == image.NoScripts {
		return style.Name
	}
	return a.Script
}

// personalised gives a record the PIN that the chip was personalised with.
func personalised(module *hsm.Software, r *store.Record, pan account.PAN, p pin.PIN) error {
	r.PIN = pinlife.Personalised()
	sealed, err := module.SealPIN(hsm.Card{PAN: pan, SequenceNumber: r.SequenceNumber}, r.PIN.Proven, p)
	r.SetPIN(sealed)
	return err
}

// lastFour returns the digits of an account number that may be shown.
func lastFour(pan account.PAN) (digits string) {
	pin.LastFour(pan).Open(func(clear []byte) { digits = string(clear) })
	return digits
}

// StoreIn has the store lie in a database, which must have none yet. Commit puts it there,
// in one commit. The error wraps store.ErrExists where the database has a store that is
// not empty.
func (d *Draft) StoreIn(ctx context.Context, url string) error {
	if err := postgres.CheckURL(url); err != nil {
		return err
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: url})
	if err != nil {
		return err
	}
	d.url = url
	return errors.Join(s.Empty(ctx), s.Close())
}

// moveStore takes the store of a draft to its database.
func (d *Draft) moveStore() error {
	ctx := context.Background()
	s, err := postgres.Open(ctx, postgres.Config{URL: d.url})
	if err != nil {
		return err
	}
	if _, err = transfer.Copy(ctx, d.store, s, nil); err == nil {
		err = keepURL(d.draft, d.url)
	}
	return errors.Join(err, s.Close())
}

// Commit puts the directory in its place, as a whole. When it returns nil, it is
// there after a loss of power too.
func (d *Draft) Commit() error {
	var err error
	if d.url != "" {
		if err = d.moveStore(); err != nil {
			err = fmt.Errorf("put store into its database: %w", err)
		}
	}
	if err = errors.Join(err, d.store.Close()); err == nil && d.url != "" {
		err = os.Remove(filepath.Join(d.draft, storeFile))
	}
	d.store = nil
	if err != nil {
		return err
	}
	if d.draft == "" {
		return nil
	}
	if err := os.Rename(d.draft, d.data); err != nil {
		return fmt.Errorf("put data directory in its place: %w", err)
	}
	d.draft = ""
	if err := durable.Folder(filepath.Dir(d.data)); err != nil {
		return fmt.Errorf("make %s durable: it is there, but may be lost with the power: %w", d.data, err)
	}
	return nil
}

// Close removes what was not committed.
func (d *Draft) Close() error {
	var err error
	if d.store != nil {
		err = d.store.Close()
	}
	if d.draft != "" {
		err = errors.Join(err, os.RemoveAll(d.draft))
	}
	return err
}
