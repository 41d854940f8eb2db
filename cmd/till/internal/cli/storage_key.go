package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/secret"
)

// StorageKey is how a command finds the key under which card files are sealed: a
// file of 32 random bytes that its owner alone may read.
type StorageKey struct {
	File string `name:"key" env:"TILL_KEY" placeholder:"FILE" json:"-" help:"File of the storage key, 32 random bytes. Default: till/storage.key below the configuration directory of the user."`
}

const (
	storageKeyBytes = 32
	storageKeyMode  = 0o600
	storageDirMode  = 0o700
)

// Path returns the file of the key, which need not be there.
func (s StorageKey) Path() (string, error) {
	if s.File != "" {
		return s.File, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find storage key: %w: name its file with --key", err)
	}
	return filepath.Join(dir, "till", "storage.key"), nil
}

// Read returns the key, which must be there: what is sealed already was sealed
// under it.
func (s StorageKey) Read() (secret.Key, error) {
	path, err := s.Path()
	if err != nil {
		return secret.Key{}, err
	}
	key, err := readStorageKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return secret.Key{}, fmt.Errorf("read storage key: %w: name the file that the card was issued with by --key", err)
	}
	return key, err
}

// ReadOrMake returns the key, and makes it where there is none yet. It says so
// on the error stream.
func (s StorageKey) ReadOrMake(streams Streams) (secret.Key, error) {
	path, err := s.Path()
	if err != nil {
		return secret.Key{}, err
	}
	err = makeStorageKey(path)
	switch {
	case err == nil:
		fmt.Fprintf(streams.Err, "till: made the storage key %s: keep it, cards open with it alone\n", path)
	case !errors.Is(err, fs.ErrExist):
		return secret.Key{}, fmt.Errorf("make storage key: %w", err)
	}
	return readStorageKey(path)
}

func readStorageKey(path string) (secret.Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return secret.Key{}, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, storageKeyBytes+1))
	defer secret.Wipe(raw)
	if err != nil {
		return secret.Key{}, fmt.Errorf("read storage key: %w", err)
	}
	if len(raw) != storageKeyBytes {
		return secret.Key{}, fmt.Errorf("read storage key: %s has not %d bytes: it is no storage key", path, storageKeyBytes)
	}
	return secret.NewAES(raw)
}

// makeStorageKey writes a new key. It stands under its name as a whole or not at
// all, whoever else makes one at the same time; the error wraps fs.ErrExist
// where there is one.
func makeStorageKey(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	raw := make([]byte, storageKeyBytes)
	defer secret.Wipe(raw)
	if _, err := io.ReadFull(rand.Reader, raw); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), storageDirMode); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".storage-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Chmod(storageKeyMode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // fails where there is one, unlike a rename
		return err
	}
	return durable.Folder(filepath.Dir(path)) // what is sealed under it must not outlive it
}
