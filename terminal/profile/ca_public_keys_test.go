package profile_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
	"github.com/f510b0cf/till/testdata/vectors"
)

func keyList(t *testing.T, name string) string {
	t.Helper()
	text, err := testdata.Terminals.ReadFile("capk/" + name + ".yaml")
	require.NoError(t, err)
	return string(text)
}

// publishedKeys returns the keys of a RID and a kind among the vectors.
func publishedKeys(t *testing.T, rid oda.RID, kind string) []oda.CAPublicKey {
	type in struct {
		RID, Index        vectors.Bytes
		Kind              string
		Modulus, Exponent vectors.Bytes
	}
	type out struct{ SHA1 vectors.Bytes }
	var keys []oda.CAPublicKey
	for _, c := range vectors.LoadPart[in, out](t, "capk") {
		if oda.RID(c.In.RID) != rid || c.In.Kind != kind || c.Expect != vectors.OK {
			continue
		}
		key, err := oda.NewPublicKey(c.In.Modulus, c.In.Exponent)
		require.NoError(t, err)
		keys = append(keys, oda.CAPublicKey{RID: rid, Index: c.In.Index[0], Key: key})
		require.NoError(t, keys[len(keys)-1].Verify(oda.Hash(c.Out.SHA1)))
	}
	return keys
}

func TestKeysAreThePublishedOnes(t *testing.T) {
	for name, c := range map[string]struct {
		rid     oda.RID
		kind    string
		indexes string
	}{
		"amex-test":       {oda.RID{0xA0, 0, 0, 0, 0x25}, "test", "0465A1B9C8C9CA"},
		"amex-live":       {oda.RID{0xA0, 0, 0, 0, 0x25}, "live", "03100E0F"},
		"visa-test":       {oda.RID{0xA0, 0, 0, 0, 0x03}, "test", "92949599"},
		"mastercard-test": {oda.RID{0xA0, 0, 0, 0, 0x04}, "test", "EFF1F3F4F5F8FAFE"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := profile.LoadCAPublicKeys(strings.NewReader(keyList(t, name)))
			require.NoError(t, err)
			var indexes string
			for i, key := range keys {
				indexes += fmt.Sprintf("%02X", key.Index)
				keys[i].Expiry = account.Expiry{} // the vectors have none
			}
			assert.Equal(t, c.indexes, indexes)
			assert.ElementsMatch(t, publishedKeys(t, c.rid, c.kind), keys)
		})
	}
}

// TestKeysOfAFolder loads all lists of one, and says which file is wrong.
func TestKeysOfAFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := profile.LoadCAPublicKeysFrom(dir)
	assert.ErrorContains(t, err, "want a folder with 1 to 100 files that end in .yaml")
	_, err = profile.LoadCAPublicKeysFrom(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, fs.ErrNotExist)

	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("visa.yaml", keyList(t, "visa-test"))
	write("amex.yaml", keyList(t, "amex-test"))
	write("README", "not a list")
	keys, err := profile.LoadCAPublicKeysFrom(dir)
	require.NoError(t, err)
	assert.Equal(t, 4+7, keys.Len())
	one, err := profile.LoadCAPublicKeysFrom(filepath.Join(dir, "amex.yaml"))
	require.NoError(t, err)
	assert.Equal(t, 7, one.Len())

	// A profile names the folder relative to itself.
	write("shop.profile", strings.Replace(whole, "[amex-test]", "[./]", 1))
	p, err := profile.LoadFile(filepath.Join(dir, "shop.profile"))
	require.NoError(t, err)
	assert.Equal(t, 11, p.CAPublicKeys.Len())

	write("again.yaml", keyList(t, "visa-test"))
	_, err = profile.LoadCAPublicKeysFrom(dir)
	assert.ErrorContains(t, err, "is there twice")
	write("again.yaml", "- rid: 1\n")
	_, err = profile.LoadCAPublicKeysFrom(dir)
	assert.ErrorContains(t, err, "again.yaml")
	assert.ErrorContains(t, err, "line 1: rid: want text")
}

func TestLoadCAPublicKeysChecks(t *testing.T) {
	good := keyList(t, "amex-test")
	for name, c := range map[string]struct{ from, to, want string }{
		"check sum":     {`sha1: "FDD7`, `sha1: "FDD8`, "line 9: verify CA public key A000000025 04: check sum differs: bad-hash"},
		"modulus":       {"D0F543F0", "D0F543F1", "line 9: verify CA public key A000000025 04: check sum differs: bad-hash"},
		"even modulus":  {"9E1EE309", "9E1EE308", "line 9: make public key: modulus begins with a zero byte or is even"},
		"exponent":      {`exponent: "03"`, `exponent: "05"`, "line 9: make public key: exponent is neither 03 nor 010001"},
		"bare exponent": {`exponent: "03"`, `exponent: 03`, "line 16: exponent: want text; digits stand in quotes"},
		"index":         {`index: "04"`, `index: "0400"`, "line 10: index: want 1 bytes"},
		"kind":          {"kind: test", "kind: production", "line 9: kind: want test or live"},
		"expires":       {"note: 768 bits", `expires: "2030-13"`, "line 12: expires: want a month such as 2030-12"},
		"expires text":  {"note: 768 bits", "expires: 203012", "line 12: expires: want text"},
		"unknown key":   {"note: 768 bits", "bits: 768", `line 12: unknown key "bits", want one of rid, index, kind, note, expires, modulus, exponent, sha1`},
		"no list":       {good, "rid: A000000025", "line 1: want a list"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, good, c.from)
			_, err := profile.LoadCAPublicKeys(strings.NewReader(strings.Replace(good, c.from, c.to, 1)))
			require.ErrorContains(t, err, "load CA public keys: ")
			assert.ErrorContains(t, err, c.want)
		})
	}
	_, err := profile.LoadCAPublicKeys(strings.NewReader(strings.Replace(good, "FDD7", "FDD8", 1)))
	assert.ErrorIs(t, err, emv.ErrBadHash)
}

func TestLoadCAPublicKeysCarriesExpiry(t *testing.T) {
	text := strings.Replace(keyList(t, "amex-test"), "note: 768 bits", "expires: 2017-12", 1)
	keys, err := profile.LoadCAPublicKeys(strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, account.Expiry{Year: 2017, Month: time.December}, keys[0].Expiry)
	assert.True(t, keys[0].Expired(emv.Date{Year: 2018, Month: time.January, Day: 1}))
	assert.False(t, keys[0].Expired(emv.Date{Year: 2017, Month: time.December, Day: 31}))
	assert.False(t, keys[1].Expired(emv.Date{Year: 2049, Month: time.January, Day: 1}))
}

func FuzzLoadCAPublicKeys(f *testing.F) {
	text, err := testdata.Terminals.ReadFile("capk/amex-test.yaml")
	require.NoError(f, err)
	f.Add(string(text))
	f.Add("- {rid: A000000025, index: '04'}")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := profile.LoadCAPublicKeys(strings.NewReader(text)); err != nil {
			require.ErrorContains(t, err, "load CA public keys: ")
		}
	})
}
