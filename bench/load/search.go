package load

import (
	"context"
	"fmt"
	"time"
)

// Search looks for the highest rate at which the 99th percentile of the latency stays
// within a bound.
type Search struct {
	Bound time.Duration
	First float64 // rate to begin with; it is doubled while it holds
	Steps int     // halvings between the last rate that held and the first that did not
	// Stage runs a load at a rate.
	Stage func(ctx context.Context, rate float64) (*Result, error)
}

// SearchStep is one rate of a search.
type SearchStep struct {
	Rate  float64 `json:"rate"`
	P99   int64   `json:"p99_us"`
	Holds bool    `json:"holds"`
}

// doublingsMax bounds a search.
const doublingsMax = 20

// Run returns the load at the highest rate that held, and all rates that were tried.
// The result is nil where none held.
func (s Search) Run(ctx context.Context) (best *Result, steps []SearchStep, err error) {
	try := func(rate float64) (bool, error) {
		x, err := s.Stage(ctx, rate)
		if err != nil {
			return false, fmt.Errorf("load of %.0f/s: %w", rate, err)
		}
		// A host that falls behind answers late in the end, whatever came before.
		holds := x.Missing == 0 && x.Latency.Count > 0 && x.Latency.P99 <= s.Bound.Microseconds()
		steps = append(steps, SearchStep{rate, x.Latency.P99, holds})
		if x.Wrong > 0 {
			return false, x.Failed()
		}
		if holds {
			best = x
		}
		return holds, nil
	}
	low, high := 0.0, s.First
	for range doublingsMax {
		holds, err := try(high)
		if err != nil {
			return best, steps, err
		}
		if !holds {
			break
		}
		low, high = high, 2*high
	}
	for range s.Steps {
		middle := (low + high) / 2
		holds, err := try(middle)
		if err != nil {
			return best, steps, err
		}
		if holds {
			low = middle
		} else {
			high = middle
		}
	}
	return best, steps, nil
}
