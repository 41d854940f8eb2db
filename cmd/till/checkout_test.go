package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/terminal/journal"
)

// TestCheckoutExitCodes tells a purchase that is approved from one that is not,
// and both from a command line that is wrong.
func TestCheckoutExitCodes(t *testing.T) {
	folder := t.TempDir()
	cardFile, key, pin := filepath.Join(folder, "my.card"), filepath.Join(folder, "key"), filepath.Join(folder, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", cardFile, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)

	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"approved":      {[]string{"--reader", "image:" + cardFile, "--terminal", "offline", "--pin-file", pin}, cli.ExitOK},
		"declined":      {[]string{"--reader", "image:" + cardFile, "--pin-file", pin}, cli.ExitFailed},
		"not accepted":  {[]string{"--reader", "image:" + cardFile}, cli.ExitFailed},
		"damaged card":  {[]string{"--reader", "image:" + pin, "--pin-file", pin}, cli.ExitFailed},
		"no such card":  {[]string{"--reader", "image:" + folder + "/none", "--pin-file", pin}, cli.ExitUsage},
		"no such till":  {[]string{"--reader", "image:" + cardFile, "--terminal", "none", "--pin-file", pin}, cli.ExitUsage},
		"no such PINs":  {[]string{"--reader", "image:" + cardFile, "--pin-file", folder + "/none"}, cli.ExitUsage},
		"no host there": {[]string{"--reader", "image:" + cardFile, "--pin-file", pin, "--host", "127.0.0.1:1", "--journal", folder + "/journal"}, cli.ExitFailed},
		"host, no port": {[]string{"--reader", "image:" + cardFile, "--pin-file", pin, "--host", "127.0.0.1", "--journal", folder + "/journal"}, cli.ExitUsage},
		"trace nowhere": {[]string{"--reader", "image:" + cardFile, "--pin-file", pin, "--trace", folder + "/none/trace"}, cli.ExitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := till("", append([]string{"checkout", "--amount", "12.34", "--key", key}, c.args...)...)
			assert.Equal(t, c.code, code, stderr)
		})
	}
}

// TestFilesInUse: a card and a journal that another process has open are left alone.
func TestFilesInUse(t *testing.T) {
	folder := t.TempDir()
	path, key := filepath.Join(folder, "my.card"), filepath.Join(folder, "key")
	_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", path, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)
	file, err := card.OpenFile(path)
	require.NoError(t, err)
	for _, args := range [][]string{{"checkout", "--reader", "image:" + path, "--amount", "5", "--bypass-pin"}, {"card", "reset", path}} {
		stdout, stderr, code := till("", append(args, "--key", key)...)
		assert.Equal(t, cli.ExitFailed, code)
		assert.Contains(t, stderr, "card is in use: wait until the command that uses it has ended\n")
		assert.Empty(t, stdout)
	}
	require.NoError(t, file.Close())

	raw, err := os.ReadFile(key)
	require.NoError(t, err)
	storage, err := secret.NewAES(raw)
	require.NoError(t, err)
	j, err := journal.Open(journal.Config{Path: filepath.Join(folder, "journal"), Key: storage})
	require.NoError(t, err)
	defer j.Close()
	stdout, stderr, code := till("", "order", "--card", path, "--amount", "5", "--host", "127.0.0.1:1", "--journal", filepath.Join(folder, "journal"), "--key", key)
	assert.Equal(t, cli.ExitUsage, code)
	assert.Contains(t, stderr, "another process has it open: end that one, or give this terminal a journal of its own\n")
	assert.Empty(t, stdout)
}

// TestCheckoutRepeats makes the same purchase with two copies of a card.
func TestCheckoutRepeats(t *testing.T) {
	folder := t.TempDir()
	key, pin := filepath.Join(folder, "key"), filepath.Join(folder, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	receipt := func(path string) string {
		_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", path, "--key", key)
		require.Equal(t, cli.ExitOK, code, stderr)
		stdout, stderr, _ := till("", "checkout", "--reader", "image:"+path, "--key", key, "--amount", "12.34", "--pin-file", pin,
			"--seed", "7", "--time", "2026-11-23T12:00:00", "--explain")
		require.NotEmpty(t, stdout, stderr)
		return stdout
	}
	assert.Equal(t, receipt(filepath.Join(folder, "one.card")), receipt(filepath.Join(folder, "two.card")))
}
