//go:build mutants

package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim"
)

func TestHunt(t *testing.T) {
	require.NoError(t, sim.Hunt(t.Context(), sim.Options{}, func(c sim.Caught) {
		t.Logf("%-28s %v runs %d: %s | %s", c.Mutant, c.By, c.Runs, c.What, c.Command)
	}))
}
