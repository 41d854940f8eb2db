//go:build mutants

package sim

import (
	"context"
	"slices"

	"github.com/f510b0cf/till/bench/sim/mutants"
	"github.com/f510b0cf/till/bench/sim/mutants/chosen"
)

// Mistaken reports whether this program was built with mistakes.
const Mistaken = true

// Hunt makes one mistake after the other, those of that name or all, and tells how each
// was found.
func Hunt(ctx context.Context, o Options, names []string, told func(Caught)) error {
	defer chosen.Set("")
	named, err := Scenarios()
	if err != nil {
		return err
	}
	for _, m := range mutants.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(names) > 0 && !slices.Contains(names, m.Name) {
			continue
		}
		chosen.Set(m.Name)
		told(hunt(ctx, o, named, m))
	}
	return nil
}

// huntSeeds is how many drawn runs are made for a mistake that no single fault shows.
const huntSeeds = 3000

// hunt looks for one mistake, which is made already: in the runs that have names, with
// single faults, in drawn runs.
func hunt(ctx context.Context, o Options, named []Scenario, m mutants.Mutant) Caught {
	o.Stop = 1
	inOrder := o
	inOrder.Jobs = 1 // the first run that finds it is the same each time
	var s Summary
	for _, more := range []func() Summary{
		func() Summary { return Play(ctx, inOrder, named) },
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
