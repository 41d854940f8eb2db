package hsm

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/secret"
)

// Files says where the keys of a software module lie.
type Files struct {
	Keys string // sealed keys, in the data directory
	KEK  KEK    // what they are sealed under

	written func() // told after each step that a crash could follow, in tests; nil is nobody
}

const (
	kekBytes   = 32
	keyMode    = 0o600
	keyDirMode = 0o700
	othersMode = 0o077 // permissions that a file of keys must not give
)

// Init makes the key file, and the key-encryption key where its file or token has
// none. given is a JSON file of test keys whose cards and terminals the issuer is
// to know, and may be nil; what it leaves out is drawn from random, nil for the
// system's. The error wraps fs.ErrExist where there is a key file.
func Init(f Files, given io.Reader, random io.Reader) error {
	random = orSystem(random)
	if err := f.apart(); err != nil {
		return err
	}
	ring, err := newRing(given, random)
	if err != nil {
		return err
	}
	under, err := f.KEK.make(random)
	if err != nil {
		return err
	}
	sealed, err := ring.seal(under, random)
	if err != nil {
		return err
	}
	if err := create(f.Keys, sealed); err != nil {
		return fmt.Errorf("write key file %s: %w", f.Keys, err)
	}
	return nil
}

// apart refuses a key-encryption key that lies in the directory of what is sealed
// under it, or below: who copies the one would have the other.
func (f Files) apart() error {
	if f.KEK.File == "" {
		return nil
	}
	keys, err := filepath.Abs(f.Keys)
	if err != nil {
		return err
	}
	kek, err := filepath.Abs(f.KEK.File)
	if err != nil {
		return err
	}
	below, err := filepath.Rel(filepath.Dir(keys), kek)
	if err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return fmt.Errorf("place key-encryption key: %s lies in the data directory: put it outside", f.KEK.File)
	}
	return nil
}

// newRing returns the given keys with what they leave out.
func newRing(given io.Reader, random io.Reader) (keyRing, error) {
	var d document
	if given != nil {
		var err error
		if d, err = readDocument(given); err != nil {
			return keyRing{}, err
		}
		defer d.wipe()
	}
	if len(d.PINKey) > 0 || len(d.DataKey) > 0 || len(d.OldPINKeys) > 0 || len(d.OldDataKeys) > 0 {
		return keyRing{}, errors.New("read keys: pin_key and data_key are the module's own: leave them out")
	}
	ring, err := d.ring()
	if err != nil {
		return keyRing{}, err
	}
	return ring, ring.complete(random)
}

// Open opens the key file. random is what the module seals with, nil for the
// system's. The error wraps secret.ErrUnseal where the file was made with another
// key-encryption key, or is damaged, and says what to do.
func Open(f Files, random io.Reader) (*Software, error) {
	ring, _, err := f.open()
	if err != nil {
		return nil, err
	}
	return newSoftware(ring, orSystem(random)), nil
}

// open opens the key file.
func (f Files) open() (ring keyRing, under sealing, err error) {
	if err := errors.Join(f.apart(), private(f.Keys)); err != nil {
		return ring, under, err
	}
	content, err := readAtMost(f.Keys, int64(fileMax)+1)
	if err != nil {
		return ring, under, fmt.Errorf("read key file: %w", err)
	}
	if len(content) > fileMax {
		return ring, under, fmt.Errorf("read key file %s: it has more than %d bytes", f.Keys, fileMax)
	}
	recipe, sealed, err := cutRecipe(content)
	if err != nil {
		return ring, under, fmt.Errorf("open keys of %s: %w", filepath.Dir(f.Keys), err)
	}
	if under, err = f.KEK.open(recipe); err == nil {
		ring, err = unsealRing(under, sealed)
	}
	if errors.Is(err, secret.ErrUnseal) {
		err = fmt.Errorf("%s: %w", f.KEK.wrong(recipe), err)
	}
	if err != nil {
		return ring, under, fmt.Errorf("open keys of %s: %w", filepath.Dir(f.Keys), err)
	}
	return ring, under, nil
}

// fileMax bounds a key file, in bytes.
const fileMax = len(fileMagic) + recipeMax + 1 + documentMax + secret.SealOverhead

// private refuses a file that others than its owner may read or write.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at key file: %w", err)
	}
	if info.Mode().Perm()&othersMode != 0 {
		return fmt.Errorf("look at key file: others may read %s: run chmod 600 on it", path)
	}
	return nil
}

func readKEK(path string) (secret.Key, error) {
	raw, err := readAtMost(path, kekBytes+1)
	defer secret.Wipe(raw)
	if err != nil {
		return secret.Key{}, fmt.Errorf("read key-encryption key: %w", err)
	}
	if len(raw) != kekBytes {
		return secret.Key{}, fmt.Errorf("read key-encryption key: %s has not %d bytes", path, kekBytes)
	}
	return secret.NewAES(raw)
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// makeKEK draws a key-encryption key where there is none.
func makeKEK(path string, random io.Reader) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	raw := make([]byte, kekBytes)
	defer secret.Wipe(raw)
	if _, err := io.ReadFull(random, raw); err != nil {
		return err
	}
	err := create(path, raw)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was first
	}
	return err
}

// create writes a new file. It stands under its name as a whole or not at all; the
// error wraps fs.ErrExist where there is one.
func create(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, keyDirMode); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, draftPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(keyMode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // fails where there is one, unlike a rename
		return err
	}
	return durable.Folder(dir) // what is sealed under its keys must not outlive it
}

// orSystem returns r, or the system's generator where it is nil.
func orSystem(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}
