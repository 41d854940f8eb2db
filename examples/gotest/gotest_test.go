package gotest

import (
	"testing"

	"github.com/f510b0cf/till/bench/benchtest"
)

// TestScenarios plays a folder of scenarios, a subtest each.
func TestScenarios(t *testing.T) { benchtest.Run(t, "../scenarios") }
