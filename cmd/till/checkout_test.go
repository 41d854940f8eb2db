package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// TestCheckoutExitCodes tells a purchase that is approved from one that is not,
// and both from a command line that is wrong.
func TestCheckoutExitCodes(t *testing.T) {
	folder := t.TempDir()
	card, key, pin := filepath.Join(folder, "my.card"), filepath.Join(folder, "key"), filepath.Join(folder, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", card, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)

	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"approved":      {[]string{"--reader", "image:" + card, "--terminal", "offline", "--pin-file", pin}, cli.ExitOK},
		"declined":      {[]string{"--reader", "image:" + card, "--pin-file", pin}, cli.ExitFailed},
		"not accepted":  {[]string{"--reader", "image:" + card}, cli.ExitFailed},
		"damaged card":  {[]string{"--reader", "image:" + pin, "--pin-file", pin}, cli.ExitFailed},
		"no such card":  {[]string{"--reader", "image:" + folder + "/none", "--pin-file", pin}, cli.ExitUsage},
		"no such till":  {[]string{"--reader", "image:" + card, "--terminal", "none", "--pin-file", pin}, cli.ExitUsage},
		"no such PINs":  {[]string{"--reader", "image:" + card, "--pin-file", folder + "/none"}, cli.ExitUsage},
		"no host there": {[]string{"--reader", "image:" + card, "--pin-file", pin, "--host", "127.0.0.1:1", "--journal", folder + "/journal"}, cli.ExitFailed},
		"trace nowhere": {[]string{"--reader", "image:" + card, "--pin-file", pin, "--trace", folder + "/none/trace"}, cli.ExitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := till("", append([]string{"checkout", "--amount", "12.34", "--key", key}, c.args...)...)
			assert.Equal(t, c.code, code, stderr)
		})
	}
}

// TestCheckoutRepeats makes the same purchase with two copies of a card.
func TestCheckoutRepeats(t *testing.T) {
	folder := t.TempDir()
	key, pin := filepath.Join(folder, "key"), filepath.Join(folder, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	receipt := func(card string) string {
		_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", card, "--key", key)
		require.Equal(t, cli.ExitOK, code, stderr)
		stdout, stderr, _ := till("", "checkout", "--reader", "image:"+card, "--key", key, "--amount", "12.34", "--pin-file", pin,
			"--seed", "7", "--time", "2026-11-23T12:00:00", "--explain")
		require.NotEmpty(t, stdout, stderr)
		return stdout
	}
	assert.Equal(t, receipt(filepath.Join(folder, "one.card")), receipt(filepath.Join(folder, "two.card")))
}
