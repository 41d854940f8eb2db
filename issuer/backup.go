package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup writes a backup of an issuer that does not run, for SaveBackup. The error
// wraps store.ErrInUse where one runs; of one whose store is a database any may run.
func Backup(ctx context.Context, data string, w io.Writer) error {
	s, err := inspect(ctx, data)
	if err != nil {
		return inUse(data, err)
	}
	return errors.Join(backUp(ctx, data, s.Store, w), s.Close())
}

// backup writes a backup while the issuer runs: its store as it was last committed.
func (i *Issuer) backup(ctx context.Context, w io.Writer) error {
	return backUp(ctx, i.data, i.store, w)
}

func backUp(ctx context.Context, data string, s dataStore, w io.Writer) error {
	keys, err := os.ReadFile(filepath.Join(data, keysFile))
	if err != nil {
		return err
	}
	if len(keys) > backupKeysMax {
		return fmt.Errorf("read key file: it has more than %d bytes", backupKeysMax)
	}
	return packBackup(w, keys, func(w io.Writer) error { return saveStore(ctx, s, w) })
}
