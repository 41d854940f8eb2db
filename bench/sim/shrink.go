package sim

import (
	"slices"

	"github.com/f510b0cf/till/bench/plan"
)

// shrinkRunsMax bounds how many runs a shrinking takes.
const shrinkRunsMax = 400

// Shrink looks for a smaller run that fails as a run did: with fewer faults and acts, in
// plain order, with faults at earlier places.
func Shrink(r Result) Result {
	s := shrinker{best: r, wanted: r.kind()}
	for s.pass() {
	}
	return s.best
}

// kind tells failures apart: the first invariant that did not hold.
func (r Result) kind() string {
	switch {
	case r.Err != nil:
		return "machinery"
	case len(r.Violations) > 0:
		return r.Violations[0].Invariant
	}
	return ""
}

type shrinker struct {
	best   Result
	wanted string
	runs   int
}

// try makes a run, and takes it where it fails in the same way.
func (s *shrinker) try(c Config) bool {
	if s.runs++; s.runs > shrinkRunsMax {
		return false
	}
	r := Run(c)
	if r.kind() != s.wanted {
		return false
	}
	s.best = r
	return true
}

// pass tries every way to make the run smaller, and reports whether one did.
func (s *shrinker) pass() (smaller bool) {
	c := s.best.Config
	if c.Shuffle {
		c.Shuffle = false
		smaller = s.try(c)
	}
	for i := len(s.best.Config.Plan) - 1; i >= 0; i-- {
		c := s.best.Config
		c.Plan = slices.Delete(slices.Clone(c.Plan), i, i+1)
		smaller = s.try(c) || smaller
	}
	for i := len(s.best.Config.Acts) - 1; i >= 0; i-- {
		smaller = s.withoutAct(i) || s.inTurn(i) || smaller
	}
	for i := range s.best.Config.Plan {
		smaller = s.earlier(i) || smaller
	}
	return smaller
}

// withoutAct leaves an act out.
func (s *shrinker) withoutAct(i int) bool {
	c := s.best.Config
	c.Acts = slices.Delete(slices.Clone(c.Acts), i, i+1)
	return s.try(c)
}

// inTurn has an act end before the next begins.
func (s *shrinker) inTurn(i int) bool {
	c := s.best.Config
	if !c.Acts[i].Meanwhile {
		return false
	}
	c.Acts = slices.Clone(c.Acts)
	c.Acts[i].Meanwhile = false
	return s.try(c)
}

// earlier moves a fault to the first place at which it does the same.
func (s *shrinker) earlier(i int) bool {
	at := placeOf(&s.best.Config.Plan[i])
	for n := 1; n < *at; n++ {
		c := s.best.Config
		c.Plan = slices.Clone(c.Plan)
		*placeOf(&c.Plan[i]) = n
		if s.try(c) {
			return true
		}
	}
	return false
}

// placeOf returns the number of the place at which a fault strikes.
func placeOf(f *plan.Fault) *int {
	if f.Kind == plan.CardFault {
		return &f.Card.Point.Number
	}
	return &f.Number
}
