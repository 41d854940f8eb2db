package sim

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/hardware/fault"
)

// Summary is what came of many runs.
type Summary struct {
	Runs     int
	Changes  int // PINs that came to a chip
	Failures []Result
}

// Options say how runs are made.
type Options struct {
	Config           // of each run; a Profile in it goes before that of a story
	Jobs   int       // at a time; 0 is one for each processor
	Done   func(int) // told how many runs are over; nil is nobody
	Stop   int       // after how many failures no further run begins; 0 is failuresMax
}

// failuresMax is how many failures are looked for.
const failuresMax = 10

// explorer makes runs, several at a time.
type explorer struct {
	Options
	ctx   context.Context
	group sync.WaitGroup
	room  chan struct{}
	over  atomic.Int64

	mu      sync.Mutex
	summary Summary
}

func newExplorer(ctx context.Context, o Options) *explorer {
	if o.Jobs == 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Stop == 0 {
		o.Stop = failuresMax
	}
	return &explorer{Options: o, ctx: ctx, room: make(chan struct{}, o.Jobs)}
}

// scanEvery is how many runs share one look for secrets, which takes as long as two.
const scanEvery = 24

// enough reports whether no further run is to begin.
func (e *explorer) enough() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ctx.Err() != nil || len(e.summary.Failures) >= e.Stop
}

// run makes one run.
func (e *explorer) run(c Config) Result {
	r := Run(c)
	e.mu.Lock()
	e.summary.Runs++
	e.summary.Changes += r.Changes
	if r.Failed() {
		e.summary.Failures = append(e.summary.Failures, r)
	}
	e.mu.Unlock()
	if n := e.over.Add(1); e.Done != nil {
		e.Done(int(n))
	}
	return r
}

// beside has work done, as soon as there is room.
func (e *explorer) beside(work func()) {
	e.room <- struct{}{}
	e.group.Go(func() {
		defer func() { <-e.room }()
		work()
	})
}

func (e *explorer) end() Summary {
	e.group.Wait()
	return e.summary
}

// Singles makes a run for each single fault of each kind, at one place after the other
// until there is none left at which it strikes.
func Singles(ctx context.Context, o Options, stories []Story) Summary {
	e := newExplorer(ctx, o)
	for _, s := range stories {
		for _, f := range families() {
			e.beside(func() { e.all(s.config(o.Config), f) })
		}
	}
	return e.end()
}

// all steps through the places of a kind of fault, and returns those at which it struck.
func (e *explorer) all(c Config, f family) (struck plan.Plan) {
	for n := 1; !e.enough(); n++ {
		one := f(n)
		c.Plan, c.Scan = plan.Plan{one}, n%scanEvery == 1
		r := e.run(c)
		if len(r.Unfired) == 0 {
			struck = append(struck, one)
		}
		if len(r.Unfired) > 0 && !e.skips(c, f, n) {
			break
		}
	}
	return struck
}

// skips reports whether a fault that can not strike at a place (a mask that is longer
// than the answer) strikes at a later one.
func (e *explorer) skips(c Config, f family, n int) bool {
	one := f(n)
	if one.Kind != plan.CardFault || one.Card.Action != fault.AlterCommand && one.Card.Action != fault.AlterResponse {
		return false
	}
	one.Card.Action, one.Card.Bytes, one.Card.Offset = fault.PullAfter, nil, 0
	c.Plan = plan.Plan{one}
	return len(Run(c).Unfired) == 0
}

// Play plays runs that have names.
func Play(ctx context.Context, o Options, all []Scenario) Summary {
	e := newExplorer(ctx, o)
	for _, s := range all {
		if e.enough() {
			break
		}
		e.beside(func() { e.run(s.Config) })
	}
	return e.end()
}

// Seeds makes runs whose acts, faults and order are drawn, one for each seed.
func Seeds(ctx context.Context, o Options, from uint64, n int) Summary {
	e := newExplorer(ctx, o)
	for i := range n {
		if e.enough() {
			break
		}
		e.beside(func() {
			c := Drawn(o.Config, from+uint64(i))
			c.Scan = c.Seed%scanEvery == 1
			e.run(c)
		})
	}
	return e.end()
}
