package hsm_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/testdata/vectors"
)

func files(t testing.TB) hsm.Files {
	dir := t.TempDir()
	return hsm.Files{Keys: filepath.Join(dir, "data", "keys"), KEK: hsm.KEK{File: filepath.Join(dir, "config", "kek")}}
}

func TestInitAndOpen(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	one, err := hsm.Open(f, nil)
	require.NoError(t, err)
	two, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Equal(t, module(t, nil).KeyChecks(), one.KeyChecks(), "the given keys")
	c := cardOf(t, testPAN)
	assert.Equal(t, one.Ref(c.PAN, 0), two.Ref(c.PAN, 0), "the drawn keys")
	_, err = two.AcceptPIN(c, 2, digitsOf("8305"), []hsm.SealedPIN{sealed(t, one, c, 1, "7294")})
	require.NoError(t, err)
	pan, err := one.SealPAN(one.Ref(c.PAN, 0), c.PAN)
	require.NoError(t, err)
	_, err = two.OpenPAN(one.Ref(c.PAN, 0), pan)
	require.NoError(t, err)

	require.ErrorIs(t, hsm.Init(f, nil, nil), fs.ErrExist, "keys are never overwritten")
	three, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Equal(t, one.KeyChecks(), three.KeyChecks())
}

func TestInitDrawsWhatIsNotGiven(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, nil, nil))
	m, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Len(t, m.KeyChecks(), 6)
	assert.Equal(t, []uint8{1}, m.KeySets())
}

func TestFilesArePrivate(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	for _, path := range []string{f.Keys, f.KEK.File} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoError(t, os.Chmod(path, 0o640))
		_, err = hsm.Open(f, nil)
		assert.ErrorContains(t, err, "chmod 600")
		require.NoError(t, os.Chmod(path, 0o600))
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*"))
		require.NoError(t, err)
		assert.Empty(t, left)
	}
	content, err := os.ReadFile(f.Keys)
	require.NoError(t, err)
	for _, key := range []string{imkAC, imkSMI, imkSMC, zone} {
		assert.NotContains(t, strings.ToUpper(string(content)), key)
		assert.False(t, bytes.Contains(content, vectors.Unhex(t, key)))
	}
}

func TestKEKLiesOutsideTheDataDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, kek := range []string{"data/kek", "data/sub/kek", "data/../data/kek"} {
		f := hsm.Files{Keys: filepath.Join(dir, "data", "keys"), KEK: hsm.KEK{File: filepath.Join(dir, kek)}}
		require.ErrorContains(t, hsm.Init(f, nil, nil), "put it outside", kek)
		_, err := hsm.Open(f, nil)
		require.ErrorContains(t, err, "put it outside")
	}
	for _, kek := range []string{"kek", "data2/kek", "..kek/kek"} {
		f := hsm.Files{Keys: filepath.Join(dir, filepath.Dir(kek), "x", "keys"), KEK: hsm.KEK{File: filepath.Join(dir, kek)}}
		require.NoError(t, hsm.Init(f, nil, nil), kek)
	}
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	f := files(t)
	_, err := hsm.Open(f, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, hsm.Init(f, nil, nil))
	good, err := os.ReadFile(f.Keys)
	require.NoError(t, err)
	for i := 0; i < len(good); i += 97 {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		require.NoError(t, os.WriteFile(f.Keys, bad, 0o600))
		_, err := hsm.Open(f, nil)
		require.ErrorIs(t, err, secret.ErrUnseal)
	}
	require.NoError(t, os.WriteFile(f.Keys, good, 0o600))
	require.NoError(t, os.WriteFile(f.KEK.File, make([]byte, 32), 0o600))
	_, err = hsm.Open(f, nil)
	require.ErrorIs(t, err, secret.ErrUnseal, "another key-encryption key")
	require.NoError(t, os.WriteFile(f.KEK.File, make([]byte, 33), 0o600))
	_, err = hsm.Open(f, nil)
	require.ErrorContains(t, err, "32 bytes")
}

func TestGivenKeysAreRefused(t *testing.T) {
	set := func(changes map[string]any) map[string]any {
		s := map[string]any{"number": 1, "imk_ac": imkAC, "imk_smi": imkSMI, "imk_smc": imkSMC}
		for name, value := range changes {
			s[name] = value
		}
		return map[string]any{"key_sets": []any{s}}
	}
	for name, others := range map[string]map[string]any{
		"unknown field":    {"imk": imkAC},
		"missing key":      set(map[string]any{"imk_smc": ""}),
		"short key":        set(map[string]any{"imk_smc": imkSMC[:30]}),
		"odd digits":       set(map[string]any{"imk_smc": imkSMC[:31]}),
		"no digits":        set(map[string]any{"imk_smc": "x" + imkSMC[1:]}),
		"option":           set(map[string]any{"option": "C"}),
		"number":           set(map[string]any{"number": 256}),
		"set twice":        {"key_sets": []any{set(nil)["key_sets"].([]any)[0], set(nil)["key_sets"].([]any)[0]}},
		"short reference":  {"reference_key": "00"},
		"BDK too long":     {"bdk_tdes": imkAC + imkAC},
		"BDK too short":    {"bdk_aes": "00"},
		"own storage key":  {"pin_key": strings.Repeat("00", 32)},
		"own storage key2": {"data_key": strings.Repeat("00", 32)},
	} {
		_, err := hsm.New(given(t, others), nil)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), imkSMC[1:30], name)
	}
	for _, text := range []string{"", "{", "[]", `{"zone_key":17}`, `{} {}`, `{"zone_key":"` + imkAC, `{"` + imkAC + `":1}`} {
		_, err := hsm.New(strings.NewReader(text), nil)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), imkAC)
	}
}

func TestInitFailsWithoutRandomness(t *testing.T) {
	f := files(t)
	for _, n := range []int{0, 40, 150} {
		require.Error(t, hsm.Init(f, nil, bytes.NewReader(make([]byte, n))))
		_, err := os.Stat(f.Keys)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}
