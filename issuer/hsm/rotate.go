package hsm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/emv/durable"
)

// errVersions says that a storage key was rotated too often.
var errVersions = fmt.Errorf("there are %d versions already, the most that are kept: retire one that no card needs", versionsMax)

// Rotate adds a new key of a kind, and keeps those that are there: what they are for
// goes on, and what is new is under the new one. It returns the name of the new one,
// which is drawn, or that of given where that is not nil: a file of keys, as for Init,
// with this one alone, for a key that cards, terminals or hosts have from elsewhere.
// A key of card identification digits is drawn where the file was made before there
// were any. No process may have the key file open: it would go on with the old keys.
// random is nil for the system's.
func Rotate(f Files, kind KeyKind, given, random io.Reader) (name string, err error) {
	random = orSystem(random)
	g, err := readGiven(given)
	if err != nil {
		return "", fmt.Errorf("rotate keys: %w", err)
	}
	ring, under, err := f.open()
	if err != nil {
		return "", err
	}
	if name, err = ring.rotate(kind, g, random); err != nil {
		return "", fmt.Errorf("rotate keys: %w", err)
	}
	if err := ring.complete(random); err != nil {
		return "", err
	}
	return name, f.replace(&ring, under, random)
}

// Retire removes a key by the name that Rotate gave it, such as "set 1". The newest of
// its kind can not be retired. That no card needs it is for the caller to see to.
func Retire(f Files, name string, random io.Reader) error {
	ring, under, err := f.open()
	if err != nil {
		return err
	}
	if err := ring.retire(name); err != nil {
		return fmt.Errorf("retire %s: %w", name, err)
	}
	return f.replace(&ring, under, orSystem(random))
}

// Rekey seals the key file under another key-encryption key, which is made where
// there is none. The old one opens the file no more.
func Rekey(f Files, to KEK, random io.Reader) error {
	random = orSystem(random)
	if err := (Files{Keys: f.Keys, KEK: to}).apart(); err != nil {
		return err
	}
	ring, _, err := f.open()
	if err != nil {
		return err
	}
	under, err := to.make(random)
	if err != nil {
		return err
	}
	return f.replace(&ring, under, random)
}

// replace writes the key file anew. It stands under its name as it was or as it is to
// be, whatever happens. What an earlier one left behind that was killed goes: it may be
// sealed under a key that was given up since.
func (f Files) replace(ring *keyRing, under sealing, random io.Reader) error {
	content, err := ring.seal(under, random)
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.Keys)
	if err := removeDrafts(dir); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	draft, err := os.CreateTemp(dir, draftPrefix+"*")
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer os.Remove(draft.Name())
	f.step()
	_, err = draft.Write(content)
	f.step()
	if err = errors.Join(err, draft.Chmod(keyMode), draft.Sync(), draft.Close()); err == nil {
		f.step()
		err = os.Rename(draft.Name(), f.Keys)
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	f.step()
	return durable.Folder(dir)
}

// step tells of a step.
func (f Files) step() {
	if f.written != nil {
		f.written()
	}
}

// draftPrefix begins the names of key files in the making.
const draftPrefix = ".keys-"

// removeDrafts removes key files in the making, for who alone works on the directory.
func removeDrafts(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), draftPrefix) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
