package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// builtPath returns a PATH with a till in it that is built as this test is, but
// without the race detector: examples are many, and each is a process of its own.
// TestScripts has the detector on.
func builtPath(t *testing.T) string {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	tags := ""
	for _, setting := range info.Settings {
		if setting.Key == "-tags" {
			tags = setting.Value
		}
	}
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-tags="+tags, "-o", filepath.Join(bin, "till"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return bin + ":" + os.Getenv("PATH")
}

// TestBuiltWithoutPCSC builds till without the tag, as on a machine without the PC/SC
// library: what needs a reader says how to get one that has it.
func TestBuiltWithoutPCSC(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "till")
	out, err := exec.Command("go", "build", "-tags=", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	for _, args := range [][]string{
		{"checkout", "--reader", "pcsc:any", "--amount", "1"}, {"card", "read", "--reader", "pcsc:any"}, {"readers"}, {"doctor"},
	} {
		out, err := exec.Command(bin, args...).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Contains(t, string(out), "built without PC/SC: install libpcsclite-dev, pkg-config and gcc and type `make build`")
	}
}
