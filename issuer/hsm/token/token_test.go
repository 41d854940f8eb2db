//go:build pkcs11 && cgo

package token_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/hsm/token"
	"github.com/f510b0cf/till/testdata/need"
)

var context = []byte("context")

// open returns a key in a token.
func open(t *testing.T, library, label, pin string) hsm.Token {
	t.Helper()
	x, err := token.New(token.Config{Module: library, Label: label, PIN: func() (secret.Value, error) { return secret.New([]byte(pin)), nil }})
	require.NoError(t, err)
	return x
}

// TestWrap: a key is made once, wraps, and opens what it wrapped and nothing else.
func TestWrap(t *testing.T) {
	library := need.SoftHSM2(t, "bank", "other")
	x := open(t, library, "bank", "5678")
	clear := bytes.Repeat([]byte{7}, 32)
	name, wrapped, err := x.Wrap(clear, context)
	require.NoError(t, err)
	assert.NotContains(t, name, " ")
	assert.False(t, bytes.Contains(wrapped, clear[:8]))
	again, wrapped2, err := x.Wrap(clear, context)
	require.NoError(t, err)
	assert.Equal(t, name, again, "one key")
	assert.NotEqual(t, wrapped, wrapped2)
	for _, w := range [][]byte{wrapped, wrapped2} {
		opened, err := x.Unwrap(name, w, context)
		require.NoError(t, err)
		assert.Equal(t, clear, opened)
	}
	for i := range wrapped {
		bad := bytes.Clone(wrapped)
		bad[i] ^= 1
		_, err := x.Unwrap(name, bad, context)
		require.ErrorIs(t, err, secret.ErrUnseal, i)
	}
	for _, bad := range [][]byte{nil, wrapped[:28], wrapped[:len(wrapped)-1]} {
		_, err := x.Unwrap(name, bad, context)
		require.ErrorIs(t, err, secret.ErrUnseal)
	}
	_, err = x.Unwrap(name, wrapped, []byte("another"))
	require.ErrorIs(t, err, secret.ErrUnseal)
	for _, other := range []string{"", "zz", strings.Repeat("00", 16), strings.Repeat("00", 300)} {
		_, err = x.Unwrap(other, wrapped, context)
		require.ErrorIs(t, err, secret.ErrUnseal)
	}
	_, err = open(t, library, "other", "5678").Unwrap(name, wrapped, context)
	require.ErrorIs(t, err, secret.ErrUnseal, "another token")
	require.ErrorContains(t, err, `token "other" has 0 keys of this issuer`)
}

// TestKeyStays looks at the key with a tool of somebody else.
func TestKeyStays(t *testing.T) {
	tool := need.Program(t, "pkcs11-tool")
	library := need.SoftHSM2(t, "bank")
	_, _, err := open(t, library, "bank", "5678").Wrap(make([]byte, 32), context)
	require.NoError(t, err)
	out, err := exec.Command(tool, "--module", library, "--token-label", "bank", "--login", "--pin", "5678", "--list-objects").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "AES length 32")
	assert.Contains(t, string(out), token.DefaultKey)
	assert.Contains(t, string(out), "sensitive, always sensitive, never extractable, local")
}

// TestForeignKeyIsRefused: a key of somebody else that may leave the token is none of
// ours.
func TestForeignKeyIsRefused(t *testing.T) {
	tool := need.Program(t, "pkcs11-tool")
	library := need.SoftHSM2(t, "bank")
	out, err := exec.Command(tool, "--module", library, "--token-label", "bank", "--login", "--pin", "5678",
		"--keygen", "--key-type", "AES:32", "--label", token.DefaultKey, "--id", "01", "--extractable").CombinedOutput()
	require.NoError(t, err, string(out))
	_, _, err = open(t, library, "bank", "5678").Wrap(make([]byte, 32), context)
	require.ErrorContains(t, err, "name another by --pkcs11-key")
}

// TestErrors say what to do, and leave a token in order.
func TestErrors(t *testing.T) {
	library := need.SoftHSM2(t, "bank", "twin", "twin")
	for want, x := range map[string]hsm.Token{
		"its PIN is another": open(t, library, "bank", "0000"),
		"0 tokens":           open(t, library, "none", "5678"),
		"2 tokens":           open(t, library, "twin", "5678"),
		"no PKCS#11 library": open(t, filepath.Join(t.TempDir(), "no.so"), "bank", "5678"),
	} {
		_, _, err := x.Wrap(make([]byte, 32), context)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "0000")
	}
	_, _, err := open(t, library, "bank", "5678").Wrap(make([]byte, 32), context)
	require.NoError(t, err)
}

// TestKeyFile seals an issuer's keys under a token, and from a file to a token and back.
func TestKeyFile(t *testing.T) {
	library, dir := need.SoftHSM2(t, "bank"), t.TempDir()
	f := hsm.Files{Keys: filepath.Join(dir, "data", "keys"), KEK: hsm.KEK{Token: open(t, library, "bank", "5678")}}
	require.NoError(t, hsm.Init(f, nil, nil))
	m, err := hsm.Open(f, nil)
	require.NoError(t, err)
	file := hsm.KEK{File: filepath.Join(dir, "kek")}
	for _, next := range []hsm.KEK{file, {Token: open(t, library, "bank", "5678")}} {
		require.NoError(t, hsm.Rekey(f, next, nil))
		f.KEK = next
		now, err := hsm.Open(f, nil)
		require.NoError(t, err)
		assert.Equal(t, m.StorageChecks(), now.StorageChecks())
	}
	_, err = hsm.Rotate(f, hsm.StorageKeys, nil, nil)
	require.NoError(t, err)
	_, err = hsm.Open(f, nil)
	require.NoError(t, err)
}
