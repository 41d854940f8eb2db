// Package benchtest runs scenario files inside `go test`.
package benchtest

import (
	"context"
	"testing"

	"github.com/f510b0cf/till/bench/suite"
)

// Seed is the seed of all scenarios, so that a failure comes again.
const Seed = 1

// Run plays scenario files, or all of folders, as subtests: one for each row of each
// file, at the same time as each other. Without paths it plays those that are part of
// till. A file that is wrong ends the test.
func Run(t *testing.T, paths ...string) {
	t.Helper()
	files, err := suite.BuiltIn()
	if len(paths) > 0 {
		files, err = suite.Load(paths...)
	}
	if err != nil {
		t.Fatal(err)
	}
	plays := suite.Plays(files, Seed)
	if len(plays) == 0 {
		t.Fatal("there is no scenario to play")
	}
	for _, p := range plays {
		t.Run(p.Scenario.Name, func(t *testing.T) {
			t.Parallel()
			if err := One(t.Context(), p); err != nil {
				t.Errorf("%v\n%s", err, p.Scenario.Title)
			}
		})
	}
}

// One plays one scenario and returns what is wrong.
func One(ctx context.Context, p suite.Play) error {
	return suite.One(ctx, suite.Config{}, p).Err
}
