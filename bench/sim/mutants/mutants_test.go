package mutants_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim/mutants"
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
	if dir := os.Getenv("OVERLAY"); dir != "" {
		_, err := mutants.Overlay(root, dir)
		require.NoError(t, err)
	}
}
