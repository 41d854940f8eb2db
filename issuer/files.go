package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// The files of a data directory.
const (
	keysFile   = "keys.sealed"
	storeFile  = "issuer.db"
	urlFile    = "store.url" // connection string of the database that has the store, in place of a file
	socketFile = "operator.sock"

	noticesFile     = "notices.at"   // number of the last journal entry that members were told of
	certificateFile = "members.cert" // PEM, of HTTP under TLS
)

// Socket returns the path of the operators' door of a data directory.
func Socket(data string) string { return filepath.Join(data, socketFile) }

// Certificate returns the path of the certificate of a members' door under TLS, in
// PEM. It is another one after each start.
func Certificate(data string) string { return filepath.Join(data, certificateFile) }

// files says where the keys of a data directory lie.
func files(data string, kek hsm.KEK) hsm.Files {
	return hsm.Files{Keys: filepath.Join(data, keysFile), KEK: kek}
}

// errNoData says what to do where there is no issuer.
var errNoData = errors.New("there is no issuer: make one with `till issuer init`")

// openData opens keys and store of a data directory. url is the connection string of its
// database, empty for what the directory says.
func openData(ctx context.Context, data string, kek hsm.KEK, url string) (*hsm.Software, dataStore, error) {
	if err := there(data, url); err != nil {
		return nil, nil, err
	}
	module, err := openModule(data, kek)
	if err != nil {
		return nil, nil, err
	}
	s, err := openStore(ctx, data, url)
	if err != nil {
		return nil, nil, err
	}
	if err := sameKeys(ctx, module, s); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open %s: %w", data, err), s.Close())
	}
	return module, s, nil
}

// openModule opens the keys of a data directory.
func openModule(data string, kek hsm.KEK) (*hsm.Software, error) {
	return hsm.Open(files(data, kek), nil)
}

// there reports a directory that has no issuer in it: keys, and a store or the place of
// one.
func there(data, url string) error {
	if info, err := os.Stat(data); err == nil && !info.IsDir() {
		return fmt.Errorf("open %s: %w", data, errNoData)
	}
	names := []string{keysFile}
	if url == "" && !exists(filepath.Join(data, urlFile)) {
		names = append(names, storeFile)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(data, name)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open %s: %w", data, errNoData)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// exists reports a file that is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// inUse says who has a store in use.
func inUse(data string, err error) error {
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("open %s: another `till issuer serve` works on it: stop that one, or use another directory: %w", data, store.ErrInUse)
	}
	return err
}
