package sim_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim"
)

func acts(t testing.TB, text string) sim.Acts {
	t.Helper()
	a, err := sim.ParseActs(text)
	require.NoError(t, err)
	return a
}

func TestRun(t *testing.T) {
	r := sim.Run(sim.Config{Profile: sim.ProfileDefault, Acts: acts(t, "activate; change; insert 1; insert 1; tap 1; order 2; change; insert 2"), Trace: true})
	for _, line := range r.Trace {
		t.Log(line)
	}
	require.NoError(t, r.Err)
	assert.Empty(t, r.Violations)
}

func TestSingles(t *testing.T) {
	s := sim.Singles(t.Context(), sim.Options{}, sim.Stories())
	t.Log(s.Runs, "runs")
	for _, f := range s.Failures {
		t.Error(f.Err, f.Violations, f.Config.Command())
	}
}

func TestSeeds(t *testing.T) {
	s := sim.Seeds(t.Context(), sim.Options{}, 1, seeds())
	t.Log(s.Runs, "runs")
	for _, f := range s.Failures {
		t.Error(f.Err, f.Violations, f.Config.Command())
	}
}

// TestSameSeedSameHash plays runs twice.
func TestSameSeedSameHash(t *testing.T) {
	hashes := map[string]uint64{}
	for seed := range uint64(50) {
		c := sim.Drawn(sim.Config{}, seed)
		r := sim.Run(c)
		require.NoError(t, r.Err)
		assert.Equal(t, r.Hash, sim.Run(c).Hash, "seed %d", seed)
		other, same := hashes[r.Hash]
		assert.False(t, same, "seeds %d and %d", seed, other)
		hashes[r.Hash] = seed
	}
}

func seeds() int {
	n, _ := strconv.Atoi(os.Getenv("SEEDS"))
	return max(n, 300)
}
