package journal_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/journal"
)

// filled returns the content of a closed journal with items and receipts.
func filled(t *testing.T, c journal.Config) []byte {
	t.Helper()
	j, err := journal.Open(c)
	require.NoError(t, err)
	for range 40 {
		require.NoError(t, j.AppendReceipt(make([]byte, 3000)))
		require.NoError(t, j.Update(func(tx *journal.Tx) error {
			sequence, err := tx.NextItem()
			if err != nil {
				return err
			}
			return tx.Put(sequence, make([]byte, 300))
		}))
	}
	require.NoError(t, j.Close())
	content, err := os.ReadFile(c.Path)
	require.NoError(t, err)
	return content
}

// readAll opens a journal and reads and writes what there is.
func readAll(c journal.Config) error {
	j, err := journal.Open(c)
	if err != nil {
		return err
	}
	defer j.Close()
	err = j.View(func(tx *journal.Tx) error {
		if _, err := tx.Items(); err != nil {
			return err
		}
		_, err := tx.Receipts()
		return err
	})
	if err != nil {
		return err
	}
	return j.AppendReceipt([]byte("receipt"))
}

// TestCutJournal: bbolt maps the file, and to read behind its end would be the end of
// the process.
func TestCutJournal(t *testing.T) {
	c := journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: testKey(t, 0xA5)}
	whole := filled(t, c)
	for size := 2 * 4096; size < len(whole); size += 4096 {
		for _, more := range []int{0, 1, 2000} {
			require.NoError(t, os.WriteFile(c.Path, whole[:size+more], 0o600))
			if err := readAll(c); err != nil { // else free pages alone are missing
				require.ErrorIs(t, err, journal.ErrDamaged, "%d bytes of %d", size+more, len(whole))
			}
		}
	}
	require.NoError(t, os.WriteFile(c.Path, whole[:8192], 0o600))
	assert.ErrorIs(t, readAll(c), journal.ErrDamaged)
}

// TestWrongPages changes heads of pages and elements, where lengths and references
// are: the process lives.
func TestWrongPages(t *testing.T) {
	c := journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: testKey(t, 0xA5)}
	whole := filled(t, c)
	random, found := rand.New(rand.NewPCG(3, 6)), 0
	const rounds, page = 100, 4096
	for range rounds {
		content := bytes.Clone(whole)
		at := random.IntN(len(content)/page)*page + random.IntN(96)
		binary.NativeEndian.PutUint32(content[at&^3:], random.Uint32())
		require.NoError(t, os.WriteFile(c.Path, content, 0o600))
		if readAll(c) != nil {
			found++
		}
	}
	require.Greater(t, found, rounds/5)
}
