package pinlife_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// arrow is a line of the diagram in docs/pin.md: from one phase to another.
var arrow = regexp.MustCompile(`(?m)^ +(\w+) --> (\w+): .+$`)

// diagramDepth is that of the walks that the diagram is compared with.
const diagramDepth = 4

// TestDiagram: the arrows of docs/pin.md between two phases are those that the machine
// takes in one step, on all paths of the model and of its restores. To Unsure and to
// Closed it goes from any phase, which the diagram says in words.
func TestDiagram(t *testing.T) {
	text, err := os.ReadFile("../../docs/pin.md")
	require.NoError(t, err)
	drawn := map[string]bool{}
	for _, a := range arrow.FindAllStringSubmatch(string(text), -1) {
		if a[1] != a[2] && a[2] != "Unsure" && a[2] != "Closed" {
			drawn[a[1]+" "+a[2]] = true
		}
	}
	taken := map[string]bool{}
	names := map[pinlife.Phase]string{
		pinlife.Unset: "Unset", pinlife.Pending: "Pending", pinlife.Sent: "Sent", pinlife.Claimed: "Claimed",
		pinlife.Stable: "Stable", pinlife.Held: "Held", pinlife.Unsure: "Unsure",
	}
	r := newRig(modelPolicy(pinlife.OnCommit, pinlife.Template72))
	r.step = func(s pinlife.State, e pinlife.Event) (pinlife.State, []pinlife.Effect) {
		after, effects := s.Step(e)
		if from, to := s.Phase(), after.Phase(); from != to && to != pinlife.Unsure {
			taken[names[from]+" "+names[to]] = true
		}
		return after, effects
	}
	for _, start := range startNames {
		_, err := newWalk(r, start).paths(diagramDepth)
		require.NoError(t, err)
		paths := uint64(0)
		require.NoError(t, walkRestores(restorable{run: run{rig: r, world: start}, backup: start.host}, nil, diagramDepth, &paths))
	}
	assert.Equal(t, slices.Sorted(maps.Keys(taken)), slices.Sorted(maps.Keys(drawn)))
}
