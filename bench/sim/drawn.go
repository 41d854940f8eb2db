package sim

import (
	"math/rand/v2"
	"time"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// The bounds of what is drawn.
const (
	drawnActsMin, drawnActsMax = 3, 12
	drawnFaultsMax             = 3
	drawnPlaces                = 60 // faults strike at one of the first places of their kind
)

// Drawn returns the run of a seed: its acts, its faults and the scheduler's choices are
// drawn.
func Drawn(c Config, seed uint64) Config {
	r := rand.New(rand.NewPCG(seed, 2))
	c.Seed, c.Shuffle = seed, true
	if c.Profile == "" {
		c.Profile = []string{"sim", "sim", "sim-first"}[r.IntN(3)]
	}
	if c.Policy == (pinlife.Policy{}) {
		c.Policy = drawnPolicy(r)
	}
	c.Acts = Acts{{Verb: verbActivate}}
	for range drawnActsMin + r.IntN(drawnActsMax-drawnActsMin) {
		c.Acts = append(c.Acts, drawnAct(r))
	}
	c.Plan = nil
	kinds := families()
	for range r.IntN(drawnFaultsMax + 1) {
		c.Plan = append(c.Plan, drawnFault(r, kinds))
	}
	return c
}

// drawnPolicy draws the switches of the issuer; most are at their default.
func drawnPolicy(r *rand.Rand) pinlife.Policy {
	p := pinlife.DefaultPolicy()
	for _, s := range switches {
		if r.IntN(6) == 0 {
			s.set(&p)
		}
	}
	return p
}

// drawnAct draws an act; changes and insertions are the most of them.
func drawnAct(r *rand.Rand) Act {
	at := 1 + r.IntN(tillsMax)
	switch n := r.IntN(20); {
	case n < 5:
		return Act{Verb: verbChange, Meanwhile: r.IntN(2) == 0}
	case n < 12:
		return Act{Verb: verbInsert, Terminal: at}
	case n < 13:
		return Act{Verb: verbTap, Terminal: at}
	case n < 15:
		return Act{Verb: verbOrder, Terminal: at, Meanwhile: r.IntN(2) == 0}
	case n < 16:
		return Act{Verb: verbWrong, Terminal: at}
	case n < 17:
		return Act{Verb: verbForge, Terminal: at}
	case n < 18:
		return Act{Verb: verbUnblock, Meanwhile: r.IntN(2) == 0}
	case n < 19:
		return Act{Verb: verbStranger, Meanwhile: r.IntN(2) == 0}
	}
	return Act{Verb: verbWait, Time: time.Duration(1+r.IntN(120)) * time.Second}
}

// drawnFault draws a fault; places further on are less likely.
func drawnFault(r *rand.Rand, kinds []family) plan.Fault {
	return kinds[r.IntN(len(kinds))](1 + r.IntN(1+r.IntN(drawnPlaces)))
}
