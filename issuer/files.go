package issuer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// The files of a data directory.
const (
	keysFile   = "keys.sealed"
	storeFile  = "issuer.db"
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

// openData opens keys and store of a data directory.
func openData(data string, kek hsm.KEK) (*hsm.Software, *bolt.Store, error) {
	if err := there(data); err != nil {
		return nil, nil, err
	}
	module, err := openModule(data, kek)
	if err != nil {
		return nil, nil, err
	}
	s, err := bolt.Open(filepath.Join(data, storeFile))
	return module, s, inUse(data, err)
}

// openModule opens the keys of a data directory.
func openModule(data string, kek hsm.KEK) (*hsm.Software, error) {
	return hsm.Open(files(data, kek), nil)
}

// there reports a directory that has no issuer in it.
func there(data string) error {
	if info, err := os.Stat(data); err == nil && !info.IsDir() {
		return fmt.Errorf("open %s: %w", data, errNoData)
	}
	for _, name := range []string{keysFile, storeFile} {
		if _, err := os.Stat(filepath.Join(data, name)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open %s: %w", data, errNoData)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// inUse says who has a store in use.
func inUse(data string, err error) error {
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("open %s: another `till issuer serve` works on it: stop that one, or use another directory: %w", data, store.ErrInUse)
	}
	return err
}
