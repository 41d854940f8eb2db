package mutants_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim/mutants"
	"github.com/f510b0cf/till/testdata/need"
)

// TestMistakesFitTheSources fails where the lines that a mistake is about have changed.
func TestMistakesFitTheSources(t *testing.T) {
	root, err := mutants.Root(".")
	require.NoError(t, err)
	altered, err := mutants.Sources(root)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, m := range mutants.All() {
		assert.False(t, names[m.Name], m.Name)
		names[m.Name] = true
		assert.Contains(t, altered[m.File], `seeded.Is("`+m.Name+`")`)
	}
	assert.GreaterOrEqual(t, len(names), 20)
}

// caught is a line of `till sim --mutants --json`.
type caught struct {
	Mutant, What, Command string
	By                    []string
	Runs                  int
}

// TestEveryMistakeIsCaught builds a program with all mistakes and has the simulation look
// for each.
func TestEveryMistakeIsCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	need.Program(t, "go")
	root, err := mutants.Root(".")
	require.NoError(t, err)
	program, err := mutants.Build(t.Context(), root, t.TempDir())
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), program, "sim", "--mutants").Output()
	require.NoError(t, err)
	found := map[string]caught{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var c caught
		require.NoError(t, decoder.Decode(&c))
		found[c.Mutant] = c
		t.Logf("%-28s %v after %d runs: %s\n%s", c.Mutant, c.By, c.Runs, c.What, c.Command)
	}
	for _, m := range mutants.All() {
		assert.Contains(t, found[m.Name].By, m.By, m.Name)
	}
}

// TestMistakesAreTold holds the table that people read against the mistakes.
func TestMistakesAreTold(t *testing.T) {
	text, err := os.ReadFile("../../../docs/sim.md")
	require.NoError(t, err)
	for _, m := range mutants.All() {
		assert.Contains(t, string(text), fmt.Sprintf("| `%s` | %s | %s |\n", m.Name, m.Says, m.By))
	}
}
