package pinlife_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// policyDepth returns the depth of the walks of TestModelPolicies and
// TestModelRestore.
func policyDepth() int {
	const depth, depthShort, depthRace = 5, 4, 3
	switch {
	case raceEnabled:
		return depthRace
	case testing.Short():
		return depthShort
	}
	return depth
}

// TestModelPolicies walks under every setting of the switches. What holds does so
// whatever they are.
func TestModelPolicies(t *testing.T) {
	both := []bool{true, false}
	for _, effective := range []pinlife.Effective{pinlife.OnCommit, pinlife.Immediate} {
		for _, template := range []pinlife.Template{pinlife.Template71, pinlife.Template72} {
			for _, requireOld := range both {
				for _, onDecline := range both {
					for attempts := range uint8(3) {
						p := pinlife.Policy{OnlinePINEffective: effective, ScriptTemplate: template, RequireOldPIN: requireOld, DeliverOnDecline: onDecline, AttemptsMax: attempts + 1}
						name := fmt.Sprintf("%v, %02X, old PIN required %v, on decline %v, %d attempts", effective, uint8(template), requireOld, onDecline, p.AttemptsMax)
						t.Run(name, func(t *testing.T) { walkUnder(t, p) })
					}
				}
			}
		}
	}
}

func walkUnder(t *testing.T, p pinlife.Policy) {
	t.Parallel()
	depth := policyDepth()
	for name, start := range startNames {
		w := newWalk(newRig(p), start)
		paths, err := w.paths(depth)
		require.NoError(t, err)
		assert.Equal(t, power(len(w.events), depth), paths)
		t.Logf("%s: %d paths of %d events, through %d different worlds", name, paths, depth, len(w.nodes))
	}
}
