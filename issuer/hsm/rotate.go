package hsm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/secret"
)

// errVersions says that a storage key was rotated too often.
var errVersions = fmt.Errorf("rotate keys: there are %d versions already, the most that are kept", versionsMax)

// Rotate draws new storage keys, for PINs and for all else, and keeps the old ones:
// what they sealed still opens. A key of card identification digits is drawn where
// the file was made before there were any; no other key changes, so that cards and
// terminals notice nothing. No process may have the key file open: it would go on
// with the old keys. random is nil for the system's.
func Rotate(f Files, random io.Reader) error {
	random = orSystem(random)
	m, err := Open(f, random)
	if err != nil {
		return err
	}
	ring := m.ring
	if len(ring.pin) >= versionsMax {
		return errVersions
	}
	d := drawer{rand: random}
	ring.pin, ring.data = append(ring.pin, d.aes()), append(ring.data, d.aes())
	if d.err != nil {
		return fmt.Errorf("rotate keys: %w", d.err)
	}
	if err := ring.complete(random); err != nil {
		return err
	}
	kek, err := readKEK(f.KEK)
	if err != nil {
		return err
	}
	return replaceKeys(f.Keys, &ring, kek, random)
}

// Rekey seals the key file under another key-encryption key, that of the file to,
// which is drawn where there is none. The old one opens the file no more.
func Rekey(f Files, to string, random io.Reader) error {
	random = orSystem(random)
	next := Files{Keys: f.Keys, KEK: to}
	if err := next.apart(); err != nil {
		return err
	}
	m, err := Open(f, random)
	if err != nil {
		return err
	}
	if err := makeKEK(to, random); err != nil {
		return fmt.Errorf("make key-encryption key: %w", err)
	}
	if err := private(to); err != nil {
		return err
	}
	kek, err := readKEK(to)
	if err != nil {
		return err
	}
	return replaceKeys(f.Keys, &m.ring, kek, random)
}

// replaceKeys writes the key file anew. It stands under its name as it was or as it
// is to be, whatever happens.
func replaceKeys(path string, ring *keyRing, kek secret.Key, random io.Reader) error {
	sealed, err := ring.seal(kek, random)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".keys-*")
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(sealed)
	if err = errors.Join(err, f.Chmod(keyMode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return durable.Folder(dir)
}
