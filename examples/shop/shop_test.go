package shop

import (
	"testing"

	"github.com/f510b0cf/till/bench/benchtest"
)

// TestCheckout plays the scenarios of the folder, a subtest each.
func TestCheckout(t *testing.T) { benchtest.Run(t, "scenarios") }
