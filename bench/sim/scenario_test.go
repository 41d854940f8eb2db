package sim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/sim"
)

// TestScenarios plays the runs that have names. Every fault of theirs strikes.
func TestScenarios(t *testing.T) {
	all, err := sim.Scenarios()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(all), 10)
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			assert.NotEmpty(t, s.Title)
			r := sim.Run(s.Config)
			require.NoError(t, r.Err)
			assert.Empty(t, r.Violations)
			assert.Empty(t, r.Unfired)
			again, err := sim.ParseScenario(s.Name+sim.Suffix, s.String())
			require.NoError(t, err)
			assert.Equal(t, s, again)
		})
	}
}

func TestParseScenarioRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"title nothing":             "x.sim: a scenario needs acts",
		"acts change\nplan nothing": "x.sim:2: parse fault: want card",
		"\nacts dance":              "x.sim:2: parse act",
		"seed many":                 "x.sim:1: seed wants a number",
		"dance":                     "x.sim:1: want title, profile",
	} {
		_, err := sim.ParseScenario("x.sim", text)
		assert.ErrorContains(t, err, why)
	}
}

// TestFaultThatNeverStrikes is a failure of a run with a name.
func TestFaultThatNeverStrikes(t *testing.T) {
	s, err := sim.ParseScenario("x.sim", "acts activate\nplan line lose answer")
	require.NoError(t, err)
	assert.ErrorContains(t, sim.Run(s.Config).Err, "never struck: line lose answer 1")
}
