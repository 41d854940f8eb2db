package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
)

// serving starts `till demo --serve` and returns where it serves, and what ends it.
func serving(t *testing.T) (at story.Serving, stop func()) {
	t.Helper()
	bin, _, _ := strings.Cut(tillPath(t), ":")
	process := exec.Command(filepath.Join(bin, "till"), "demo", "--serve", "--json")
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	stop = func() {
		require.NoError(t, process.Process.Signal(os.Interrupt))
		require.NoError(t, process.Wait(), "an end by Ctrl-C is a good one")
	}
	t.Cleanup(func() { _ = process.Process.Kill() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct{ Serving *story.Serving }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Serving != nil {
			return *line.Serving, stop
		}
	}
	t.Fatal("the demonstration did not come to serve")
	return at, stop
}

// TestDemoServes: what `till demo --serve` tells to go on with works: Anna changes
// her PIN, uses the old one a last time, and nothing is left behind at the end.
func TestDemoServes(t *testing.T) {
	t.Setenv("TILL_SESSION", filepath.Join(t.TempDir(), "session"))
	at, stop := serving(t)
	in := func(file string) string { return filepath.Join(at.Folder, file) }
	changed := filepath.Join(t.TempDir(), "pin")
	require.NoError(t, os.WriteFile(changed, []byte("0861\n"), 0o600))
	for _, step := range []struct{ line, want string }{
		{"login --issuer " + at.Members + " --name anna --password-file " + in(at.Password), "Anna is logged in"},
		{"pin status", "the PIN is active"},
		{"pin change --pin-file " + changed + " --password-file " + in(at.Password), "the new PIN is pending"},
		{"checkout --reader image:" + in(at.Card) + " --key " + in(at.Key) + " --amount 12.34 --host " + at.Terminals +
			" --journal " + in(at.Journal) + " --pin-file " + in(at.PIN), "issuer script 1  successful"},
		{"pin status", "PIN   (on-its-way|probably-active)"}, // the advice may wait for the next purchase
	} {
		stdout, stderr, code := till("", strings.Fields(step.line)...)
		require.Zero(t, code, stderr)
		assert.Regexp(t, step.want, stdout)
	}
	stop()
	assert.NoDirExists(t, at.Folder)
}

// TestDemoLeavesNothing: a reader that goes early finds no folder left behind.
func TestDemoLeavesNothing(t *testing.T) {
	path, dir := tillPath(t), t.TempDir()
	e := example{command: "TMPDIR=. till demo --seed 1 --json | head -n 1"}
	out := e.run(t, path, dir)
	assert.Contains(t, out, `"step":"issuer-starts"`)
	assert.Regexp(t, `(?m)^till: write result: .*broken pipe$`, out)
	assert.NotRegexp(t, `(?m)^till: *$`, out)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestDemoWindowClosed: who closes the window leaves nothing behind either.
func TestDemoWindowClosed(t *testing.T) {
	bin, _, _ := strings.Cut(tillPath(t), ":")
	dir := t.TempDir()
	process := exec.Command(filepath.Join(bin, "till"), "demo", "--json")
	process.Env = append(os.Environ(), "TMPDIR="+dir)
	var stderr bytes.Buffer
	process.Stderr = &stderr
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "a step was told")
	for range 3 { // shell and system both tell of it
		require.NoError(t, process.Process.Signal(syscall.SIGHUP))
		time.Sleep(time.Millisecond)
	}
	for lines.Scan() { // until it ends
		assert.NotContains(t, lines.Text(), `"ok":false`, "to be called off is no failure")
	}
	assert.Error(t, process.Wait())
	assert.Equal(t, "till: interrupted\n", stderr.String())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}
