package sim

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/bench/sim/mutants"
)

// Caught says how the simulation found a mistake.
type Caught struct {
	Mutant  string   `json:"mutant"`
	Says    string   `json:"says"`
	By      []string `json:"by"`      // invariants that did not hold; empty where none caught it
	Runs    int      `json:"runs"`    // until then
	Command string   `json:"command"` // that plays the run again, in a program with the mistakes
	What    string   `json:"what"`    // the first violation
}

// ErrNoMistakes says that the program was built without mistakes.
var ErrNoMistakes = errors.New("this program was built without mistakes")

// huntSeeds is how many drawn runs are made for a mistake that no single fault shows.
const huntSeeds = 3000

// hunt looks for one mistake, which is made already: in the runs that have names, with
// single faults, in drawn runs.
func hunt(ctx context.Context, o Options, named []Scenario, m mutants.Mutant) Caught {
	o.Stop = 1
	var s Summary
	for _, more := range []func() Summary{
		func() Summary { return Play(ctx, o, named) },
		func() Summary { return Singles(ctx, o, Stories()) },
		func() Summary { return Seeds(ctx, o, 1, huntSeeds) },
	} {
		if len(s.Failures) == 0 {
			found := more()
			s.Runs, s.Failures = s.Runs+found.Runs, found.Failures
		}
	}
	c := Caught{Mutant: m.Name, Says: m.Says, Runs: s.Runs, By: []string{}}
	if len(s.Failures) == 0 {
		return c
	}
	r := s.Failures[0]
	c.Command = r.Config.Command()
	if r.Err != nil {
		c.By, c.What = append(c.By, "machinery"), r.Err.Error()
		return c
	}
	for _, v := range r.Violations {
		c.By = append(c.By, v.Invariant)
	}
	c.What = r.Violations[0].What
	return c
}
