package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/journal"
)

// TestNameIsDurable: when Open returns the folder was synchronised, with the file
// in it, also where an Open before did not come to that. Where it can not be, there
// is no journal to write to.
func TestNameIsDurable(t *testing.T) {
	folder := t.TempDir()
	c := journal.Config{Path: filepath.Join(folder, "journal"), Key: testKey(t, 0xA5)}
	failed := errors.New("failed")
	_, err := journal.OpenSyncing(c, func(string) error { return failed })
	require.ErrorIs(t, err, failed)
	var synced []string
	j, err := journal.OpenSyncing(c, func(path string) error {
		info, err := os.Stat(c.Path)
		require.NoError(t, err)
		require.NotZero(t, info.Size())
		synced = append(synced, path)
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, j.Close())
	assert.Equal(t, []string{folder}, synced)
	at(t, c.Path)
}
