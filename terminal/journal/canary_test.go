package journal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
)

// The canaries are what the journal holds and its file must not show.
var canaries = map[string][]byte{
	"PAN":       []byte("374245719638504"),
	"track 2":   []byte("374245719638504=271220198765432100"),
	"PIN block": {0x0A, 0x49, 0xD6, 0xE4, 0xA8, 0xC1, 0xF0, 0xB7},
	"key":       {0xA7, 0xB3, 0xC9, 0xD5, 0xE1, 0xF7, 0x0B, 0x1D, 0x2F, 0x3D, 0x4C, 0x5B, 0x6A, 0x79, 0x88, 0x97},
}

// forms are the ways in which a canary could stand in a file.
func forms(clear []byte) [][]byte {
	packed := account.Pack(bytes.ReplaceAll(clear, []byte("="), []byte("0")))
	digits := hex.EncodeToString(clear)
	return [][]byte{
		clear, packed, []byte(digits), []byte(strings.ToUpper(digits)), []byte(hex.EncodeToString(packed)),
		[]byte(base64.RawStdEncoding.EncodeToString(clear[:len(clear)/3*3])),
	}
}

// TestFileShowsNothing writes, exchanges and erases, so that there are freed
// pages, and looks through the whole file.
func TestFileShowsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := at(t, path)
	for range 20 {
		for _, clear := range canaries {
			require.NoError(t, j.Update(func(tx *journal.Tx) error {
				sequence, err := add(tx, string(clear), string(bytes.Repeat(clear, 50)))
				require.NoError(t, err)
				require.NoError(t, tx.AppendReceipt(clear))
				require.NoError(t, tx.SetDevice(secret.TDES, secret.New(clear)))
				return tx.Put(sequence, clear)
			}))
		}
	}
	all := items(t, j)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		for sequence := range all {
			require.NoError(t, tx.Erase(sequence))
		}
		return nil
	}))
	require.NoError(t, j.Close())
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, clear := range canaries {
		for _, form := range forms(clear) {
			assert.NotContains(t, string(file), string(form), name)
		}
	}
	testKey(t, 0xA5).Open(func(raw []byte) { assert.False(t, bytes.Contains(file, raw), "the key of the journal") })
	assert.Contains(t, string(file), "receipts", "the scan sees what is clear")
}
