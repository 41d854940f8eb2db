package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/profile"
)

func testPAN(t *testing.T, digits string) account.PAN {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

// withExceptions is the whole profile with a list of exceptions.
func withExceptions(list string) string { return whole + "exceptions: " + list + "\n" }

func TestExceptions(t *testing.T) {
	key := secret.New([]byte("0123456789ABCDEF"))
	pan, other := testPAN(t, "374245001741007"), testPAN(t, "374245001751006")
	reference := account.NewRef(key, other, 2).String()
	p, err := profile.Load(strings.NewReader(withExceptions(`["374245*****1007/01", "451234******5678", "` + reference + `"]`)))
	require.NoError(t, err)
	e := p.Exceptions
	assert.True(t, e.UsesReferences())
	assert.Equal(t, "masked account number", e.Match(key, pan, 1))
	assert.Empty(t, e.Match(key, pan, 2), "another sequence number")
	assert.Equal(t, "masked account number", e.Match(key, testPAN(t, "4512341111115678"), 0), "any sequence number")
	assert.Equal(t, "account reference", e.Match(key, other, 2))
	assert.Empty(t, e.Match(key, other, 1), "a reference is one of a card")

	assert.Empty(t, profile.Exceptions{}.Match(secret.Value{}, pan, 1))
	assert.False(t, profile.Exceptions{}.UsesReferences())
}

// TestExceptionsTakeNoAccountNumber: what is in clear is refused, and the refusal
// does not repeat it.
func TestExceptionsTakeNoAccountNumber(t *testing.T) {
	for _, list := range []string{
		`["374245001741007"]`, `["374245001741007/01"]`, `"374245001741007"`, `["3742450*1741007"]`, `["374245*****1007/1"]`, `["0011"]`, `[]x`, `[1]`,
	} {
		_, err := profile.Load(strings.NewReader(withExceptions(list)))
		require.Error(t, err, list)
		assert.NotContains(t, err.Error(), "374245001741007")
		assert.NotContains(t, err.Error(), "3742450*")
	}
	_, err := profile.Load(strings.NewReader(withExceptions(`["374245001741007"]`)))
	assert.ErrorContains(t, err, `line 34: want a masked account number such as "374245*****1007"`)
}

// TestExceptionsOfAFile reads them from a file beside the profile.
func TestExceptionsOfAFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "shop.yaml")
	require.NoError(t, os.WriteFile(name, []byte(withExceptions("hot.yaml")), 0o600))
	_, err := profile.LoadFile(name)
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "hot.yaml"), []byte("- \"374245*****1007\"\n"), 0o600))
	p, err := profile.LoadFile(name)
	require.NoError(t, err)
	assert.NotEmpty(t, p.Exceptions.Match(secret.Value{}, testPAN(t, "374245001741007"), 7))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "hot.yaml"), []byte("- \"374245*****1007\"\n- \"12\"\n"), 0o600))
	_, err = profile.LoadFile(name)
	assert.ErrorContains(t, err, "hot.yaml")
	assert.ErrorContains(t, err, "line 2: want a masked account number")
}
