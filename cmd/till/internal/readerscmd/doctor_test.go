package readerscmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/pcsc"
)

// said returns the findings as people see them, columns one space apart.
func said(t *testing.T, infos []pcsc.Info, err error, f folders) string {
	t.Helper()
	d := diagnose(func() ([]pcsc.Info, error) { return infos, err }, f)
	var out bytes.Buffer
	require.NoError(t, d.print(cli.Streams{Out: &out}, false))
	assert.Equal(t, d.Ready, strings.Contains(out.String(), "Ready: type"))
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

// TestFindings: each thing that can be wrong is told, with what to do.
func TestFindings(t *testing.T) {
	t0 := []byte{0x3B, 0x60, 0x00, 0x00}
	for want, infos := range map[string][]pcsc.Info{
		"problem readers none is there: plug one in":                                             {},
		"ok readers 1 reader, of at most 16":                                                     {{Name: "a"}},
		"note reader a empty\nproblem card no reader has a card that is ready: insert":           {{Name: "a"}},
		"note readers 16 are there, and the daemon takes no more":                                make([]pcsc.Info, 16),
		"problem reader a the card does not answer its reset: turn it":                           {{Name: "a", Card: true, Mute: true}},
		"problem reader a ATR 3BE000FF81312045CB: parse ATR: check byte":                         {{Name: "a", Card: true, ATR: []byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x20, 0x45, 0xCB}}},
		"note reader a another program uses the reader: close it":                                {{Name: "a", Card: true, InUse: true, ATR: t0}},
		"ok reader a card, ATR 3B600000: direct convention, T=0, historical bytes none\nReady: ": {{Name: "a", Card: true, ATR: t0}},
		"ok reader a card, ATR 3F01AA: inverse convention, T=0, historical bytes AA":             {{Name: "a", Card: true, ATR: []byte{0x3F, 0x01, 0xAA}}},
	} {
		assert.Contains(t, said(t, infos, nil, folders{}), want)
	}
	for want, err := range map[string]error{
		"problem daemon no PC/SC daemon is running: type":       pcsc.ErrNoDaemon,
		"problem permission the PC/SC daemon refuses this user": pcsc.ErrNoAccess,
		"problem daemon something else":                         errors.New("something else"),
	} {
		assert.Contains(t, said(t, nil, err, folders{}), want)
	}
}

// TestDrivers: what is in the folders of the daemon.
func TestDrivers(t *testing.T) {
	root := t.TempDir()
	f := folders{drivers: []string{filepath.Join(root, "none"), filepath.Join(root, "drivers")}, readers: filepath.Join(root, "conf")}
	make := func(path string) {
		require.NoError(t, os.MkdirAll(filepath.Join(root, path), 0o700))
	}
	assert.Contains(t, said(t, nil, nil, f), "problem drivers none in")
	make("drivers/serial/libifdvpcd.so")
	assert.Contains(t, said(t, nil, nil, f), "note drivers for virtual readers (vsmartcard-vpcd); USB readers need the package libccid too")
	make("drivers/ifd-ccid.bundle")
	assert.Contains(t, said(t, nil, nil, f), "ok drivers for USB readers (libccid) and for virtual ones (vsmartcard-vpcd)")
	require.NoError(t, os.Remove(filepath.Join(root, "drivers/serial/libifdvpcd.so")))
	assert.Contains(t, said(t, nil, nil, f), "note drivers for USB readers (libccid); emulated cards need")
	make("conf/vpcd~")
	make("conf/vpcd")
	text := said(t, nil, nil, f)
	assert.Contains(t, text, "conf/vpcd~ looks like a copy")
	assert.NotContains(t, text, "conf/vpcd looks")
}

// TestShownReaders: the list and its states.
func TestShownReaders(t *testing.T) {
	shown := describeReaders([]pcsc.Info{{Name: "a"}, {Name: "b", Card: true, InUse: true, ATR: []byte{0x3B, 0x00}}, {Name: "c", Card: true, ATR: []byte{0}}})
	assert.Equal(t, "empty", shown[0].text())
	assert.Equal(t, "card, T=0, ATR 3B00, in use by a program that lets no other in", shown[1].text())
	assert.Contains(t, shown[2].text(), "card, ATR 00: parse ATR: answer to reset is malformed")
}
