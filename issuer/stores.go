package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/issuer/store/transfer"
)

// dataStore is what an issuer needs of its store, whichever it is.
type dataStore interface {
	store.Store
	transfer.Content
	Failed() bool
}

// openStore opens the store of a data directory.
func openStore(ctx context.Context, data, url string) (dataStore, error) {
	url, err := storeURL(data, url)
	switch {
	case err != nil:
		return nil, err
	case url == "":
		s, err := bolt.Open(filepath.Join(data, storeFile))
		if err != nil {
			return nil, inUse(data, err)
		}
		return s, nil
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: url})
	if err != nil {
		return nil, err // a nil *postgres.Store is no nil dataStore
	}
	return s, nil
}

// sameKeys refuses keys that are not those of the other processes on a database. They are
// told apart by their check values.
func sameKeys(ctx context.Context, m *hsm.Software, s dataStore) error {
	shared, ok := s.(*postgres.Store)
	if !ok {
		return nil
	}
	own := m.StorageChecks()
	sum := sha256.New()
	for _, k := range append(m.KeyChecks(), own...) {
		fmt.Fprintf(sum, "%s %X\n", k.Name, k.CheckValue)
	}
	reference := own[len(own)-1] // which names accounts, and never changes
	return shared.SameKeys(ctx, fmt.Sprintf("%s %X", reference.Name, reference.CheckValue), hex.EncodeToString(sum.Sum(nil)))
}

// storeURL returns the connection string of a data directory's database, empty where its
// store is a file.
func storeURL(data, url string) (string, error) {
	if url != "" {
		return url, postgres.CheckURL(url)
	}
	content, err := os.ReadFile(filepath.Join(data, urlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if url = strings.TrimSpace(string(content)); err == nil {
		err = postgres.CheckURL(url)
	}
	if err != nil {
		return "", fmt.Errorf("look up store of %s: %w", data, err)
	}
	return url, nil
}

// keepURL has a data directory say that its store lies in a database.
func keepURL(data, url string) error {
	f, err := os.CreateTemp(data, urlFile+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(url + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(data, urlFile)); err != nil {
		return err
	}
	return durable.Folder(data)
}

// inspect opens the store of an issuer for reading alone: the file of one that does not
// run, or a copy of a database as it is now. The store that it returns is to be closed.
func inspect(ctx context.Context, data string) (*inspected, error) {
	if err := there(data, ""); err != nil {
		return nil, err
	}
	url, err := storeURL(data, "")
	if err != nil {
		return nil, err
	}
	if url == "" {
		s, err := bolt.Inspect(filepath.Join(data, storeFile))
		if err != nil {
			return nil, err
		}
		return &inspected{Store: s}, nil
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: url})
	if err != nil {
		return nil, err
	}
	copied, err := inspectCopy(ctx, s)
	return copied, errors.Join(err, s.Close())
}

// inspected is a store for reading alone.
type inspected struct {
	*bolt.Store
	folder string // of a copy, which goes with the store
}

// Close closes the store.
func (i *inspected) Close() error {
	err := i.Store.Close()
	if i.folder != "" {
		err = errors.Join(err, os.RemoveAll(i.folder))
	}
	return err
}

// inspectCopy copies what a store has at this moment into a file that goes with what it
// returns.
func inspectCopy(ctx context.Context, from transfer.Content) (i *inspected, err error) {
	i = new(inspected)
	if i.folder, err = os.MkdirTemp("", "till-store-*"); err != nil { // mode 0700
		return nil, err
	}
	defer func() {
		if err != nil {
			err, i = errors.Join(err, os.RemoveAll(i.folder)), nil
		}
	}()
	path := filepath.Join(i.folder, storeFile)
	to, err := bolt.Open(path)
	if err != nil {
		return i, err
	}
	if _, err := transfer.Copy(ctx, from, to, nil); err != nil {
		return i, errors.Join(err, to.Close())
	}
	if err := to.Close(); err != nil {
		return i, err
	}
	i.Store, err = bolt.Inspect(path)
	return i, err
}

// saveStore writes the file of a store, as it was last committed.
func saveStore(ctx context.Context, s dataStore, w io.Writer) error {
	if file, ok := s.(*bolt.Store); ok {
		return file.Backup(ctx, w)
	}
	copied, err := inspectCopy(ctx, s)
	if err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	return errors.Join(copied.Backup(ctx, w), copied.Close())
}

// positionOf returns where the position of notices is kept: with the store where several
// processes share that, and in the data directory where they do not.
func positionOf(s store.Store, data string) notice.Position {
	if shared, ok := s.(*postgres.Store); ok {
		return shared.Notices()
	}
	return notice.File(filepath.Join(data, noticesFile))
}
