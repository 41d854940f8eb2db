package cardcmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/terminal/profile"
)

// issueTo issues the card of seed 1 into a folder.
func issueTo(t *testing.T, folder string) Issue {
	t.Helper()
	seed := uint64(1)
	command := Issue{Profile: "amex-pin", Out: filepath.Join(folder, "a.card"), Seed: &seed, CAOut: filepath.Join(folder, "ca.yaml"),
		StorageKey: cli.StorageKey{File: filepath.Join(folder, "storage.key")}}
	require.NoError(t, command.Run(&Command{}, quiet()))
	return command
}

func quiet() cli.Streams { return cli.Streams{Out: new(bytes.Buffer), Err: new(bytes.Buffer)} }

// TestTerminalsReadTheCAFile loads it as a terminal does.
func TestTerminalsReadTheCAFile(t *testing.T) {
	f, err := os.Open(issueTo(t, t.TempDir()).CAOut)
	require.NoError(t, err)
	defer f.Close()
	keys, err := profile.LoadCAPublicKeys(f)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	want, err := perso.TestCA(keys[0].RID, 1408)
	require.NoError(t, err)
	assert.Equal(t, want.CheckSum(), keys[0].CheckSum())
	assert.Equal(t, want.Expiry, keys[0].Expiry)
}

// TestNothingIsHalfWritten fails in the second of two files.
func TestNothingIsHalfWritten(t *testing.T) {
	folder := t.TempDir()
	broken := errors.New("broken")
	first := output{filepath.Join(folder, "first"), func(temporary string) error { return writeDurable(temporary, secretMode, []byte("x")) }}
	second := output{filepath.Join(folder, "second"), func(temporary string) error {
		return errors.Join(writeDurable(temporary, secretMode, []byte("half")), broken)
	}}
	require.ErrorIs(t, writeAll(false, []output{first, second}), broken)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, entries)

	require.NoError(t, writeAll(false, []output{first}))
	entries, err = os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
	require.ErrorContains(t, writeAll(true, []output{{folder, nil}}), "it is a folder")
	require.ErrorContains(t, writeAll(true, []output{{os.DevNull, nil}}), "it is a device")
}

// TestCardInUseIsNotReplaced holds a card open, as a terminal does.
func TestCardInUseIsNotReplaced(t *testing.T) {
	command := issueTo(t, t.TempDir())
	command.Force = true
	f, err := card.OpenFile(command.Out)
	require.NoError(t, err)
	require.ErrorIs(t, command.Run(&Command{}, quiet()), card.ErrInUse)
	require.NoError(t, f.Close())
	require.NoError(t, command.Run(&Command{}, quiet()))
}

// TestShowChangesNothing looks at a card whose last write was torn, and at one
// that another process holds open.
func TestShowChangesNothing(t *testing.T) {
	command := issueTo(t, t.TempDir())
	whole, err := os.ReadFile(command.Out)
	require.NoError(t, err)
	torn := append(bytes.Clone(whole), 0, 0, 0)
	require.NoError(t, os.WriteFile(command.Out, torn, secretMode))
	f, err := card.OpenFile(command.Out)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, (&Show{Card: command.Out, StorageKey: command.StorageKey}).Run(&Command{}, quiet()))
	after, err := os.ReadFile(command.Out)
	require.NoError(t, err)
	assert.Equal(t, torn, after)
}

// TestEveryDamageIsToldInOneSentence flips bits all over a card file.
func TestEveryDamageIsToldInOneSentence(t *testing.T) {
	command := issueTo(t, t.TempDir())
	whole, err := os.ReadFile(command.Out)
	require.NoError(t, err)
	for i := 0; i < len(whole); i += 37 {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x01
		require.NoError(t, os.WriteFile(command.Out, damaged, secretMode))
		streams := quiet()
		err := (&Show{Card: command.Out, StorageKey: command.StorageKey}).Run(&Command{}, streams)
		require.Error(t, err, "byte %d", i)
		assert.Equal(t, cli.ExitFailed, cli.ExitCode(err))
		assert.NotContains(t, err.Error(), "\n")
		assert.Empty(t, streams.Out.(*bytes.Buffer).String())
	}
}
