// Package examples_test plays the examples as their users do.
package examples_test

import (
	"testing"

	"github.com/f510b0cf/till/bench/benchtest"
)

func TestScenarios(t *testing.T) { benchtest.Run(t, "terminal-maker", "card-lab") }
