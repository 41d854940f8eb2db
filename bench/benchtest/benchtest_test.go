package benchtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/benchtest"
	"github.com/f510b0cf/till/bench/suite"
)

// TestScenarios plays the scenarios of testdata/scenarios.
func TestScenarios(t *testing.T) { benchtest.Run(t) }

// TestEnough: there are as many scenarios as the pages say.
func TestEnough(t *testing.T) {
	files, err := suite.BuiltIn()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(suite.Plays(files, benchtest.Seed)), 120)
}

// TestFailure: a scenario that expects what does not come fails, at its line.
func TestFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrong.till")
	require.NoError(t, os.WriteFile(path, []byte("include opened.inc\norder anna 5\nexpect declined 100\n"), 0o600))
	files, err := suite.Load(path)
	require.NoError(t, err)
	err = benchtest.One(t.Context(), suite.Plays(files, benchtest.Seed)[0])
	assert.EqualError(t, err, "wrong.till:3: expect: expected declined 100, came approved")
}
