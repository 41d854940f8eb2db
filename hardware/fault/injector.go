package fault

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/task"
)

// Config is what an Injector is made of.
type Config struct {
	Plan  Plan
	Clock clock.Clock // delays run on it; nil is the system's
	Tasks task.Tasks  // delays wait by it; nil is goroutines
}

// Injector carries out a plan on the readers and cards that it wraps. They share
// one count of commands.
type Injector struct {
	clock clock.Clock
	tasks task.Tasks

	mu      sync.Mutex
	plan    []planned
	count   int            // commands so far
	counts  map[string]int // the same by name
	strikes []Strike
}

// planned is a fault and whether it has struck.
type planned struct {
	Fault
	struck bool
}

// Strike is a fault that has struck.
type Strike struct {
	Fault   Fault
	Command int    // number of the command, from 1
	Name    string // of the command, as in a Point
}

// String returns "command 7, GENERATE_AC: pull after GENERATE_AC 2".
func (s Strike) String() string { return fmt.Sprintf("command %d, %s: %s", s.Command, s.Name, s.Fault) }

// New returns an Injector. The error tells which fault of the plan is none.
func New(c Config) (*Injector, error) {
	i := &Injector{clock: clock.Or(c.Clock), tasks: task.Or(c.Tasks), counts: map[string]int{}}
	for n, f := range c.Plan {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("check plan: fault %d: %w", n+1, err)
		}
		f.Bytes = bytes.Clone(f.Bytes)
		i.plan = append(i.plan, planned{Fault: f})
	}
	return i, nil
}

// Strikes returns what has happened so far, in order.
func (i *Injector) Strikes() []Strike {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]Strike(nil), i.strikes...)
}

// Unfired returns the faults that have not struck: a test that meant to see one
// of them has proven nothing.
func (i *Injector) Unfired() Plan {
	i.mu.Lock()
	defer i.mu.Unlock()
	var left Plan
	for _, p := range i.plan {
		if !p.struck {
			left = append(left, p.Fault)
		}
	}
	return left
}

// occasion is one command on its way, and the faults that are due.
type occasion struct {
	injector *Injector
	number   int
	name     string
	due      []int // indexes in the plan
}

// arrive counts a command and finds what is due.
func (i *Injector) arrive(command []byte) occasion {
	name := pointName(command)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count++
	i.counts[name]++
	o := occasion{injector: i, number: i.count, name: name}
	for n, p := range i.plan {
		if p.Point.matches(name, i.count, i.counts[name]) {
			o.due = append(o.due, n)
		}
	}
	return o
}

// matches reports whether the point is the command with this name, number and
// number among those of its name.
func (p Point) matches(name string, number, ofName int) bool {
	if p.Name == "" {
		return p.Number == number
	}
	return p.Name == name && (p.Every || p.Number == ofName)
}

// strike notes that a fault strikes.
func (o occasion) strike(n int) {
	i := o.injector
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plan[n].struck = true
	i.strikes = append(i.strikes, Strike{Fault: i.plan[n].Fault, Command: o.number, Name: o.name})
}

// faults iterates over those that are due. The plan itself does not change, so
// that it is read without the mutex.
func (o occasion) faults(yield func(int, Fault) bool) {
	for _, n := range o.due {
		if !yield(n, o.injector.plan[n].Fault) {
			return
		}
	}
}
