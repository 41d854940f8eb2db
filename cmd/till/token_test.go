//go:build pkcs11 && cgo

package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/testdata/need"
)

// TestToken makes an issuer whose keys lie under a key in a token, looks at it, takes it
// out of the token and puts it back, and restores a backup of it.
func TestToken(t *testing.T) {
	library := need.SoftHSM2(t, "bank", "spare")
	t.Chdir(t.TempDir())
	t.Setenv("TILL_KEY", "storage.key")
	require.NoError(t, os.WriteFile("pin", []byte("5678\n"), 0o600))
	require.NoError(t, os.WriteFile("wrong", []byte("0000\n"), 0o600))
	require.NoError(t, os.WriteFile("phrase", []byte("four candles, two hinges\n"), 0o600))
	in := func(label string) []string {
		return []string{"--pkcs11-module", library, "--pkcs11-token", label, "--pkcs11-pin-file", "pin"}
	}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		stdout, stderr, code := till("", append([]string{"issuer"}, args...)...)
		require.Equal(t, want, code, stderr)
		return stdout, stderr
	}
	do(cli.ExitOK, append([]string{"init", "--data", "bank"}, in("bank")...)...)
	assert.NoFileExists(t, "storage.key")
	before, _ := do(cli.ExitOK, append([]string{"keys", "list", "--data", "bank"}, in("bank")...)...)
	do(cli.ExitOK, append([]string{"keys", "rotate", "masters", "--data", "bank"}, in("bank")...)...)
	after, _ := do(cli.ExitOK, append([]string{"keys", "list", "--data", "bank"}, in("bank")...)...)
	assert.Contains(t, after, "set 2 IMK-AC")
	assert.Contains(t, after, before[:20])

	_, stderr := do(cli.ExitFailed, append([]string{"keys", "list", "--data", "bank"}, in("spare")...)...)
	assert.Contains(t, stderr, "the token has not the key of this issuer")
	_, stderr = do(cli.ExitFailed, "keys", "list", "--data", "bank", "--pkcs11-module", library, "--pkcs11-token", "bank", "--pkcs11-pin-file", "wrong")
	assert.Contains(t, stderr, "its PIN is another")
	_, stderr = do(cli.ExitFailed, "keys", "list", "--data", "bank", "--passphrase-file", "phrase")
	assert.Contains(t, stderr, "sealed under a key in a token: name that by --pkcs11-module and --pkcs11-token")

	do(cli.ExitOK, "backup", "--data", "bank", "--to", "backup")
	do(cli.ExitOK, append([]string{"keys", "rekey", "--data", "bank", "--new-passphrase-file", "phrase"}, in("bank")...)...)
	do(cli.ExitOK, "keys", "list", "--data", "bank", "--passphrase-file", "phrase")
	said, _ := do(cli.ExitOK, "keys", "rekey", "--data", "bank", "--passphrase-file", "phrase",
		"--new-pkcs11-module", library, "--new-pkcs11-token", "spare", "--new-pkcs11-pin-file", "pin")
	assert.Equal(t, "bank  keys sealed under a key in token spare\n", said)
	do(cli.ExitOK, append([]string{"check", "--data", "bank"}, in("spare")...)...)
	do(cli.ExitOK, append([]string{"restore", "--data", "back", "--from", "backup"}, in("bank")...)...)
	do(cli.ExitOK, append([]string{"check", "--data", "back"}, in("bank")...)...)
}
