package cardcmd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
)

// TestEveryProfile issues, validates and shows the card of each profile that comes
// with the program. Account numbers and PINs are not among what is shown, and only
// the card that is wrong on purpose has errors.
func TestEveryProfile(t *testing.T) {
	dir := t.TempDir()
	key := cli.StorageKey{File: filepath.Join(dir, "k")}
	seed := uint64(1)
	for _, name := range builtInNames() {
		t.Run(name, func(t *testing.T) {
			issue := Issue{Profile: name, Out: filepath.Join(dir, name), Seed: &seed, StorageKey: key}
			made := quiet()
			require.NoError(t, issue.Run(&Command{}, made))
			checked := quiet()
			err := (&Validate{Card: issue.Out, StorageKey: key}).Run(&Command{}, checked)
			said := checked.Out.(*bytes.Buffer).String()
			assert.Equal(t, name == "amex-clone", err != nil, said)
			assert.Equal(t, name == "amex-clone", strings.Contains(said, "error"), said)
			shown := quiet()
			require.NoError(t, (&Show{Card: issue.Out, StorageKey: key}).Run(&Command{}, shown))
			all := made.Out.(*bytes.Buffer).String() + said + shown.Out.(*bytes.Buffer).String()
			assert.Contains(t, all, "card keys")
			profile, err := loadProfile(name)
			require.NoError(t, err)
			assert.Contains(t, all, profile.Note())
			assertMasked(t, issue, profile.Note(), all)
		})
	}
}

// assertMasked looks for digits that are not to be shown. The notes of two profiles
// name their PIN.
func assertMasked(t *testing.T, issue Issue, note, shown string) {
	t.Helper()
	key, err := issue.Read()
	require.NoError(t, err)
	icc, err := reader.OpenCopy(issue.Out, key)
	require.NoError(t, err)
	shown = strings.ReplaceAll(shown, note, "")
	for _, a := range icc.Image().Applications {
		a.PAN.Open(func(digits []byte) { assert.NotContains(t, shown, string(digits)) })
		a.Keys.AC.Open(func(raw []byte) { assert.NotContains(t, shown, hexadecimal(raw)) })
		if a.PIN.Len() > len("1234") { // shorter digits stand by chance in a certificate
			a.PIN.Open(func(digits []byte) { assert.NotContains(t, shown, string(digits)) })
		}
	}
}
