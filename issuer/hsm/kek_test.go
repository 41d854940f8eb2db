package hsm_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

const passphrase = "four candles, two hinges"

// phrase is the key-encryption key of a passphrase.
func phrase(text string) hsm.KEK {
	return hsm.KEK{Passphrase: func() (secret.Value, error) { return secret.New([]byte(text)), nil }}
}

// TestPassphrase: keys are sealed under a passphrase and open with it alone.
func TestPassphrase(t *testing.T) {
	f := hsm.Files{Keys: files(t).Keys, KEK: phrase(passphrase)}
	require.ErrorContains(t, hsm.Init(hsm.Files{Keys: f.Keys, KEK: phrase("elevenbytes")}, nil, nil), "too short")
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	one, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Equal(t, module(t, nil).KeyChecks(), one.KeyChecks())
	rotate(t, f, hsm.StorageKeys)
	_, err = hsm.Open(f, nil)
	require.NoError(t, err)

	_, err = hsm.Open(hsm.Files{Keys: f.Keys, KEK: phrase(passphrase + " ")}, nil)
	require.ErrorIs(t, err, secret.ErrUnseal)
	require.ErrorContains(t, err, "the passphrase is not that of this issuer: try again")
	assert.NotContains(t, err.Error(), "candles")
	_, err = hsm.Open(hsm.Files{Keys: f.Keys, KEK: files(t).KEK}, nil)
	require.ErrorContains(t, err, "sealed under a passphrase: name its file by --passphrase-file")
	gone := errors.New("nobody is there")
	_, err = hsm.Open(hsm.Files{Keys: f.Keys, KEK: hsm.KEK{Passphrase: func() (secret.Value, error) { return secret.Value{}, gone }}}, nil)
	require.ErrorIs(t, err, gone)

	file := files(t)
	require.NoError(t, hsm.Init(file, nil, nil))
	_, err = hsm.Open(hsm.Files{Keys: file.Keys, KEK: phrase(passphrase)}, nil)
	require.ErrorContains(t, err, "sealed under a storage key file")
	both := phrase(passphrase)
	both.File = file.KEK.File
	require.ErrorContains(t, hsm.Init(hsm.Files{Keys: file.Keys + "2", KEK: both}, nil, nil), "name one of")
}

// TestPassphraseFile opens a key file with argon2 and AES-GCM alone, as its layout is
// documented.
func TestPassphraseFile(t *testing.T) {
	f := hsm.Files{Keys: files(t).Keys, KEK: phrase(passphrase)}
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	content, err := os.ReadFile(f.Keys)
	require.NoError(t, err)
	lines := bytes.SplitN(content, []byte("\n"), 3)
	require.Equal(t, "till keys 2", string(lines[0]))
	recipe, text, found := strings.Cut(string(lines[1]), "p=4 ")
	require.True(t, found)
	assert.Equal(t, "argon2id v=19 m=65536 t=3 ", recipe)
	key, err := secret.NewAES(argon2.IDKey([]byte(passphrase), unbase64(t, text), 3, 65536, 4, 32))
	require.NoError(t, err)
	opened, err := key.Unseal(lines[2], append([]byte("till issuer/hsm keys 2\x00"), content[:len(content)-len(lines[2])]...))
	require.NoError(t, err)
	opened.Open(func(clear []byte) { assert.Contains(t, string(clear), strings.ToLower(imkAC)) })
}

// TestRecipesAreBounded: what a file says that argon2 should take is refused before
// anybody is asked for a passphrase, and without taking it.
func TestRecipesAreBounded(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, nil, nil))
	f.KEK = hsm.KEK{Passphrase: func() (secret.Value, error) {
		t.Error("asked")
		return secret.Value{}, nil
	}}
	salt := "AAAAAAAAAAAAAAAAAAAAAA"
	for _, recipe := range []string{
		"", "argon2id", "argon2id v=19 m=65536 t=3 p=4", "argon2i v=19 m=65536 t=3 p=4 " + salt, "argon2id v=16 m=65536 t=3 p=4 " + salt,
		"argon2id v=19 m=4194304 t=3 p=4 " + salt, "argon2id v=19 m=1048577 t=3 p=4 " + salt, "argon2id v=19 m=65536 t=17 p=4 " + salt,
		"argon2id v=19 m=65536 t=0 p=4 " + salt, "argon2id v=19 m=65536 t=3 p=0 " + salt, "argon2id v=19 m=65536 t=3 p=17 " + salt,
		"argon2id v=19 m=8 t=1 p=1 " + salt, "argon2id v=19 m=65536 t=3 p=4 " + salt[:20], "argon2id v=19 m=65536 t=3 p=4 " + salt + "A",
		"argon2id v=19 m=+65536 t=3 p=4 " + salt, "argon2id v=19 m=65536 t=3 p=4 " + salt + " x", "argon2id v=19 m=-1 t=3 p=4 " + salt,
		"token x AAAA", strings.Repeat("x", 4096),
	} {
		require.NoError(t, os.WriteFile(f.Keys, []byte("till keys 2\n"+recipe+"\n"+strings.Repeat("x", 200)), 0o600))
		_, err := hsm.Open(f, nil)
		require.Error(t, err, recipe)
	}
	require.NoError(t, os.WriteFile(f.Keys, []byte("till keys 2\nargon2id"), 0o600))
	_, err := hsm.Open(f, nil)
	require.ErrorContains(t, err, "damaged")
	require.NoError(t, os.WriteFile(f.Keys, make([]byte, 2<<20), 0o600))
	_, err = hsm.Open(f, nil)
	require.ErrorContains(t, err, "bytes")
}

// TestRecipeIsAuthenticated: who makes a recipe cheaper does not get the file opened.
func TestRecipeIsAuthenticated(t *testing.T) {
	f := hsm.Files{Keys: files(t).Keys, KEK: phrase(passphrase)}
	require.NoError(t, hsm.Init(f, nil, nil))
	good, err := os.ReadFile(f.Keys)
	require.NoError(t, err)
	for _, bad := range [][]byte{
		bytes.Replace(good, []byte("t=3"), []byte("t=1"), 1), append(bytes.Clone(good), 0), good[:len(good)-1], good[:60],
	} {
		require.NoError(t, os.WriteFile(f.Keys, bad, 0o600))
		_, err := hsm.Open(f, nil)
		require.Error(t, err)
	}
}

// vault is a token that holds one AES key.
type vault struct{ key secret.Key }

func (v vault) Wrap(clear, context []byte) (string, []byte, error) {
	wrapped, err := v.key.Seal(bytes.NewReader(make([]byte, 12)), clear, context)
	return "one", wrapped, err
}

func (v vault) Unwrap(name string, wrapped, context []byte) (raw []byte, err error) {
	if name != "one" {
		return nil, fs.ErrNotExist
	}
	value, err := v.key.Unseal(wrapped, context)
	value.Open(func(clear []byte) { raw = bytes.Clone(clear) })
	return raw, err
}

// TestToken: keys are sealed under a key that a token wraps.
func TestToken(t *testing.T) {
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	f := hsm.Files{Keys: files(t).Keys, KEK: hsm.KEK{Token: vault{key}}}
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	m, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Equal(t, module(t, nil).KeyChecks(), m.KeyChecks())
	other, err := secret.NewAES(make([]byte, 16))
	require.NoError(t, err)
	_, err = hsm.Open(hsm.Files{Keys: f.Keys, KEK: hsm.KEK{Token: vault{other}}}, nil)
	require.ErrorIs(t, err, secret.ErrUnseal)
	require.ErrorContains(t, err, "the token has not the key of this issuer")
	_, err = hsm.Open(hsm.Files{Keys: f.Keys, KEK: phrase(passphrase)}, nil)
	require.ErrorContains(t, err, "--pkcs11-module")
	content, err := os.ReadFile(f.Keys)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.Keys, bytes.Replace(content, []byte("token one"), []byte("token two"), 1), 0o600))
	_, err = hsm.Open(f, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, recipe := range []string{"token", "token one", "token one !", "token one AAAA", "token one AAAA x"} {
		require.NoError(t, os.WriteFile(f.Keys, []byte("till keys 2\n"+recipe+"\n"), 0o600))
		_, err = hsm.Open(f, nil)
		require.Error(t, err, recipe)
	}
}

// TestRekeyBetweenKinds: from file to passphrase, to another, to a token, and back.
func TestRekeyBetweenKinds(t *testing.T) {
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	first, err := hsm.Open(f, nil)
	require.NoError(t, err)
	was := f.KEK
	for _, next := range []hsm.KEK{phrase(passphrase), phrase(passphrase + "!"), {Token: vault{key}}, {File: f.KEK.File + "2"}} {
		require.NoError(t, hsm.Rekey(f, next, nil))
		_, err := hsm.Open(hsm.Files{Keys: f.Keys, KEK: was}, nil)
		require.Error(t, err)
		f.KEK, was = next, next
		m, err := hsm.Open(f, nil)
		require.NoError(t, err)
		assert.Equal(t, first.StorageChecks(), m.StorageChecks())
	}
	assert.FileExists(t, filepath.Join(filepath.Dir(f.KEK.File), "kek2"))
}
