package canary_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
)

// secrets returns a set with one of each kind.
func secrets(t *testing.T) *canary.Set {
	t.Helper()
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	p, err := pin.Parse([]byte("0483"))
	require.NoError(t, err)
	var s canary.Set
	s.Add("PAN", []byte("374245001741007"))
	require.NoError(t, s.AddPIN("PIN", p, pan))
	require.NoError(t, s.AddIssuerKeys(random.Seeded(1)))
	assert.Equal(t, 1+3+8, s.Len())
	return &s
}

// TestPlantedCanaryIsFound writes each secret in each form to a file.
func TestPlantedCanaryIsFound(t *testing.T) {
	s := secrets(t)
	s.Each(func(name string, clear []byte) {
		forms := []string{string(clear)}
		if len(clear) > 4 {
			forms = append(forms, hex.EncodeToString(clear), strings.ToUpper(hex.EncodeToString(clear)), base64.StdEncoding.EncodeToString(clear))
		}
		if name == "PAN" {
			forms = append(forms, string(account.Pack(clear)))
		}
		for _, form := range forms {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "planted"), []byte("\x00 before "+form+" behind\x00"), 0o600))
			scan, err := s.Scan(dir)
			require.NoError(t, err)
			assert.Equal(t, 1, scan.Files)
			assert.Contains(t, strings.Join(scan.Found, "\n"), "planted: "+name)
		}
	})
}

// TestDoubtful: a PIN in text was written there; in other files it may be chance. A
// longer secret is a leak anywhere.
func TestDoubtful(t *testing.T) {
	s := secrets(t)
	for content, want := range map[string]canary.Scan{
		"entered 0483 twice":         {Found: []string{"planted: PIN: clear"}},
		"\xFF 0483 \x00":             {Doubtful: []string{"planted: PIN: clear"}},
		"\xFF 0483 374245001741007 ": {Found: []string{"planted: PAN: clear"}, Doubtful: []string{"planted: PIN: clear"}},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "planted"), []byte(content), 0o600))
		scan, err := s.Scan(dir)
		require.NoError(t, err)
		assert.Equal(t, want.Found, scan.Found, "%q", content)
		assert.Equal(t, want.Doubtful, scan.Doubtful, "%q", content)
	}
}

// TestNothingIsFound: digits within longer ones are no PIN, and nothing of the set
// is printed.
func TestNothingIsFound(t *testing.T) {
	s := secrets(t)
	assert.Empty(t, s.Traces([]byte("104837 0483A A0483 and 04 83")))
	assert.NotEmpty(t, s.Traces([]byte("104837 0483")), "a later one stands alone")
	s.Each(func(name string, clear []byte) {
		printed := fmt.Sprintf("%v %+v %#v", s, *s, s)
		assert.False(t, bytes.Contains([]byte(printed), clear), name)
	})
	_, err := s.Scan(filepath.Join(t.TempDir(), "missing"))
	assert.Error(t, err)
}
