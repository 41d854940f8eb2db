package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/issuer/store/bolt"
)

// Backup writes a backup of an issuer that does not run, for SaveBackup. The error
// wraps store.ErrInUse where one runs.
func Backup(ctx context.Context, data string, w io.Writer) error {
	s, err := inspect(data)
	if err != nil {
		return err
	}
	return errors.Join(backUp(ctx, data, s, w), s.Close())
}

// backup writes a backup while the issuer runs: its store as it was last committed.
func (i *Issuer) backup(ctx context.Context, w io.Writer) error {
	return backUp(ctx, i.data, i.store, w)
}

func backUp(ctx context.Context, data string, s *bolt.Store, w io.Writer) error {
	keys, err := os.ReadFile(filepath.Join(data, keysFile))
	if err != nil {
		return err
	}
	if len(keys) > backupKeysMax {
		return fmt.Errorf("read key file: it has more than %d bytes", backupKeysMax)
	}
	return packBackup(w, keys, func(w io.Writer) error { return s.Backup(ctx, w) })
}

// inspect opens the store of an issuer that does not run, for reading alone.
func inspect(data string) (*bolt.Store, error) {
	if err := there(data); err != nil {
		return nil, err
	}
	s, err := bolt.Inspect(filepath.Join(data, storeFile))
	return s, inUse(data, err)
}
