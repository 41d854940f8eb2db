package sim

import (
	"context"

	"github.com/f510b0cf/till/bench/plan"
)

// Pairs makes a run for each pair of faults of each story: for every single fault that
// strikes, every other, at one place after the other, those places included that are
// there because of the first. It makes the single faults first.
func Pairs(ctx context.Context, o Options, stories []Story) Summary {
	e := newExplorer(ctx, o)
	for _, s := range stories {
		e.pairs(s.config(o.Config))
	}
	return e.end()
}

// pairs makes the pairs of one story.
func (e *explorer) pairs(c Config) {
	singles := e.singles(c)
	order := map[string]int{}
	for i, one := range singles {
		order[one.String()] = i + 1
	}
	for i, one := range singles {
		if e.enough() {
			return
		}
		e.beside(func() {
			for _, f := range families() {
				e.second(c, one, f, func(p plan.Fault) bool { at := order[p.String()]; return at != 0 && at <= i+1 })
			}
		})
	}
	e.group.Wait()
}

// singles makes the single faults of a story, and returns those that struck, in the
// order of their kinds.
func (e *explorer) singles(c Config) (all plan.Plan) {
	kinds := families()
	struck := make([]plan.Plan, len(kinds))
	for i, f := range kinds {
		e.beside(func() { struck[i] = e.all(c, f) })
	}
	e.group.Wait()
	for _, some := range struck {
		all = append(all, some...)
	}
	return all
}

// second steps a second kind of fault through its places beside a first fault. made
// reports whether a pair was made already, the other way round.
func (e *explorer) second(c Config, one plan.Fault, f family, made func(plan.Fault) bool) {
	for n := 1; !e.enough(); n++ {
		two := f(n)
		if made(two) {
			continue
		}
		c.Plan = plan.Plan{one, two}
		r := e.run(c)
		if len(r.Unfired) > 0 && !e.skips(c, f, n) {
			return
		}
	}
}
