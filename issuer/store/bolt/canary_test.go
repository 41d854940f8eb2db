package bolt_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store/storetest"
)

// TestNoSecretInTheFile looks in every page of the file, free ones too, and in a backup.
func TestNoSecretInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	storetest.Secrets(t, s, func() map[string][]byte {
		backup, err := os.Create(path + ".backup")
		require.NoError(t, err)
		require.NoError(t, s.Backup(context.Background(), backup))
		require.NoError(t, backup.Close())
		require.NoError(t, s.Check(context.Background()))
		require.NoError(t, s.Close())
		written := map[string][]byte{}
		for _, file := range []string{path, path + ".backup"} {
			written[file], err = os.ReadFile(file)
			require.NoError(t, err)
		}
		return written
	})
}
