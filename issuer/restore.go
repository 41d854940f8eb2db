package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// Restoration says what is restored from where.
type Restoration struct {
	Data  string      // directory that is to be
	KEK   hsm.KEK     // the key-encryption key that the backup's issuer had
	From  string      // backup file
	Store string      // connection string of the database that is to have the store; empty is a file
	Now   clock.Clock // nil is the system's
}

// Restored tells what came back.
type Restored struct {
	Members int       `json:"members"`
	Cards   int       `json:"cards"`
	Closed  int       `json:"closed"`          // among the cards; the PIN of each other is to be set again
	Latest  time.Time `json:"latest,omitzero"` // of the journal: what happened since is lost; zero where it is empty
}

// Restore makes a data directory from a backup. It appears as a whole or not at
// all, and only once every card has been told that its state comes from a backup:
// no PIN from before counts, each is to be set again. Sessions have ended. The
// error wraps fs.ErrExist where something stands in the place of the directory,
// and names what is wrong with the backup or the key.
func Restore(ctx context.Context, r Restoration) (done Restored, err error) {
	r.Data = filepath.Clean(r.Data) // its last name, whatever stands behind it
	if _, err := os.Lstat(r.Data); err == nil {
		return done, fmt.Errorf("make data directory: %w: %s: name another, or remove it", fs.ErrExist, r.Data)
	}
	draft, err := os.MkdirTemp(filepath.Dir(r.Data), ".till-issuer-*") // mode 0700
	if err != nil {
		return done, fmt.Errorf("make data directory: %w", err)
	}
	d := &Draft{data: r.Data, draft: draft}
	defer func() { err = errors.Join(err, d.Close()) }()
	if r.Store != "" {
		if err := d.StoreIn(ctx, r.Store); err != nil {
			return done, err
		}
	}
	if err := unpackInto(draft, r.From); err != nil {
		return done, fmt.Errorf("read %s: %w", r.From, err)
	}
	if d.module, err = openModule(draft, r.KEK); err != nil {
		return done, fmt.Errorf("open keys of the backup: %w", cmp.Or(errors.Unwrap(err), err)) // not with the name that it has for now
	}
	if err := checkStore(ctx, filepath.Join(draft, storeFile)); err != nil {
		return done, fmt.Errorf("read %s: %w", r.From, err)
	}
	if d.store, err = openStore(ctx, draft, ""); err != nil {
		return done, err
	}
	if done, err = d.restored(ctx, clock.Or(r.Now).Now().UTC()); err != nil {
		return done, err
	}
	return done, d.Commit()
}

// unpackInto writes the files of a backup into a directory.
func unpackInto(dir, from string) (err error) {
	info, err := os.Stat(from) // before it is opened: who opens a pipe waits
	if err != nil {
		return withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return ErrNoBackup
	}
	f, err := os.Open(from)
	if err != nil {
		return withoutPath(err)
	}
	defer f.Close()
	var parts [2]*os.File
	for n, name := range []string{keysFile, storeFile} {
		if parts[n], err = os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, backupMode); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, parts[n].Close()) }()
	}
	if err := unpackBackup(f, parts[0], parts[1]); err != nil {
		return err
	}
	return errors.Join(parts[0].Sync(), parts[1].Sync(), durable.Folder(dir))
}

// withoutPath returns an error of a file without the path, which the caller names.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// ErrDamagedStore says that a backup is as it was made, and of a damaged store.
var ErrDamagedStore = errors.New("the store was damaged before it was backed up: use an older backup")

// checkStore reads all of a store before it is opened to be written: bbolt trusts
// what it writes to.
func checkStore(ctx context.Context, path string) error {
	s, err := bolt.Inspect(path)
	if err == nil {
		err = errors.Join(s.Check(ctx), s.Close())
	}
	if errors.Is(err, bolt.ErrDamaged) {
		return ErrDamagedStore // not with the name that it has for now
	}
	return err
}

// restored tells each card where its state comes from, and counts what came back.
func (d *Draft) restored(ctx context.Context, now time.Time) (done Restored, err error) {
	if done.Latest, err = latest(ctx, d.store); err != nil {
		return done, err
	}
	for card, err := range d.store.Cards(ctx) {
		if err != nil {
			return done, err
		}
		done.Cards++
		if card.Record.Status == store.Closed {
			done.Closed++
		}
		if err := restoreCard(ctx, d.store, card, now); err != nil {
			return done, err
		}
	}
	for _, err := range d.store.Members().All(ctx) {
		if err != nil {
			return done, err
		}
		done.Members++
	}
	_, err = d.store.Sessions().Sweep(ctx, endOfTime)
	return done, errors.Join(err, sealJournal(ctx, d.store, d.module, now))
}

// operator is how the journal names who works at the issuer.
const operator = "operator"

// endOfTime is later than any session ends.
var endOfTime = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// restoreCard takes a card through the event of its restore, with the alarm in the
// same commit. docs/pin-lifecycle.md, section 3.
func restoreCard(ctx context.Context, s store.Store, c store.Card, now time.Time) error {
	return s.Update(ctx, c.Ref, func(tx store.Tx) error {
		state, effects := tx.Card().PIN.Step(pinlife.RestoredFromBackup{})
		tx.Card().Advance(state)
		for _, e := range effects {
			switch e := e.(type) {
			case pinlife.Audit:
				tx.Append(store.Entry{At: now, Kind: "audit", Actor: operator, Detail: e.Reason.String()})
			case pinlife.Notify:
				tx.Append(store.Entry{At: now, Kind: "notice", Actor: operator, Detail: e.Text.String()})
			}
		}
		return nil
	})
}

// latest returns when the journal ends.
func latest(ctx context.Context, s store.Store) (at time.Time, err error) {
	for e, err := range s.Journal(ctx, 0) {
		if err != nil {
			return at, err
		}
		at = e.At
	}
	return at, nil
}
