package simcmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/simcmd"
)

// run types words behind `till sim`.
func run(t *testing.T, words ...string) (out string, err error) {
	t.Helper()
	var command simcmd.Command
	parser, err := kong.New(&command, kong.Vars{"stories": "", "acts": "", "policies": ""})
	require.NoError(t, err)
	_, err = parser.Parse(words)
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	err = command.Run(cli.Streams{Out: &stdout, Err: &stderr})
	assert.Empty(t, stderr.String(), "it is quiet where nobody watches")
	return stdout.String(), err
}

// batch is what --json prints.
type batch struct {
	Name     string
	Runs     int
	Hash     string
	Failures []any
}

func printed(t *testing.T, out string) (all []batch) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	return all
}

// shellWords splits a command line as a shell does.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", "printf '%s\\n' "+line).Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// TestCommandPlaysTheRunAgain types what is printed of a drawn run.
func TestCommandPlaysTheRunAgain(t *testing.T) {
	for seed := range uint64(12) {
		c := sim.Drawn(sim.Config{Terminal: "demo"}, seed)
		line, ok := strings.CutPrefix(c.Command(), "till sim ")
		require.True(t, ok)
		out, err := run(t, append(shellWords(t, line), "--json")...)
		require.NoError(t, err)
		all := printed(t, out)
		require.Len(t, all, 1)
		assert.Equal(t, sim.Run(c).Hash, all[0].Hash, line)
	}
}

func TestExplore(t *testing.T) {
	out, err := run(t, "--story", "first", "--seeds", "5", "--json")
	require.NoError(t, err)
	all := printed(t, out)
	require.Len(t, all, 3)
	assert.Equal(t, []string{"named runs", "single faults", "seeds 1 to 5"}, []string{all[0].Name, all[1].Name, all[2].Name})
	assert.Greater(t, all[1].Runs, 200)
	assert.Equal(t, 5, all[2].Runs)
}

// TestFailure has a run fail: one of its faults finds no place to strike at.
func TestFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "never.sim")
	require.NoError(t, os.WriteFile(path, []byte("acts activate\nplan line lose answer"), 0o600))
	out, err := run(t, path)
	assert.Equal(t, cli.ExitFailed, cli.ExitCode(err))
	assert.Contains(t, out, "FAIL the run itself: faults that never struck: line lose answer 1\n")
	assert.Contains(t, out, `again: till sim --seed 0 --acts "" --plan "line lose answer 1"`)
	assert.Contains(t, out, "1 failed\n")
	out, err = run(t, path, "--json")
	assert.Equal(t, cli.ExitFailed, cli.ExitCode(err))
	assert.Len(t, printed(t, out)[0].Failures, 1)
}

func TestWrongUsage(t *testing.T) {
	for words, why := range map[string]string{
		"--story other":                  "--story: there is none of that name; there are change, first",
		"--seed 1 --acts dance":          "--acts: parse act",
		"--seed 1 --plan dance":          "--plan: parse fault",
		"--policy strict":                "--policy: want immediate",
		"--acts activate":                "go with --seed",
		"--seeds=-1":                     "--seeds and --jobs: want 0 or more",
		"none-such.sim":                  "read run: open none-such.sim",
		"--mutants --mutant other":       "--mutant: there is none of that name",
		"--seed 1 --policy immediate,no": "--policy: want immediate",
	} {
		_, err := run(t, strings.Fields(words)...)
		assert.ErrorContains(t, err, why, words)
		assert.Equal(t, cli.ExitUsage, cli.ExitCode(err), words)
	}
	out, err := run(t, "--seed", "1", "--acts", "activate", "--profile", "none-such")
	assert.Equal(t, cli.ExitFailed, cli.ExitCode(err))
	assert.Contains(t, out, "FAIL the run itself: personalise card")
}
