package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// TestReceipts lists an approved and a declined purchase, and tells what is wrong
// from what is not there.
func TestReceipts(t *testing.T) {
	folder := t.TempDir()
	card, key, other, pin, journal := filepath.Join(folder, "my.card"), filepath.Join(folder, "key"), filepath.Join(folder, "other"), filepath.Join(folder, "pin"), filepath.Join(folder, "journal")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	require.NoError(t, os.WriteFile(other, make([]byte, 32), 0o600))
	_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", card, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)
	_, stderr, code = till("", "receipts", "--journal", journal, "--key", key)
	assert.Equal(t, cli.ExitUsage, code)
	assert.Contains(t, stderr, "name the file that `till checkout --journal` wrote")
	assert.NoFileExists(t, journal)

	for terminal, want := range map[string]int{"offline": cli.ExitOK, "demo": cli.ExitFailed} {
		_, stderr, code = till("", "checkout", "--reader", "image:"+card, "--key", key, "--amount", "12.34", "--pin-file", pin,
			"--terminal", terminal, "--host", "127.0.0.1:1", "--journal", journal)
		require.Equal(t, want, code, stderr)
	}
	stdout, stderr, code := till("", "receipts", "--journal", journal, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)
	assert.Regexp(t, `(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  [12]  12.34 USD  374245\*{5}1007  APPROVED OFFLINE$`, stdout)
	assert.Regexp(t, `(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  [12]  12.34 USD  374245\*{5}1007  DECLINED OFFLINE: unable to go online$`, stdout)

	stdout, stderr, code = till("", "receipts", "--journal", journal, "--key", key, "--json")
	require.Equal(t, cli.ExitOK, code, stderr)
	var receipts []struct {
		Counter uint32
		PAN     string
		Steps   any
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &receipts))
	require.Len(t, receipts, 2)
	for n, r := range receipts {
		assert.EqualValues(t, n+1, r.Counter)
		assert.Equal(t, "374245*****1007", r.PAN)
		assert.Nil(t, r.Steps)
	}

	stdout, stderr, code = till("", "receipts", "--journal", journal, "--key", other)
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, stderr, "name its key with --key")
	assert.Empty(t, stdout)
	_, stderr, code = till("", "receipts", "--journal", pin, "--key", key)
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, stderr, "invalid database")
}
