package sim

import (
	"time"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/task"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
)

// faults carries a plan out: it counts the places that are passed, and says what goes
// wrong there.
type faults struct {
	list     []planned // but for those of the card's commands
	injector *fault.Injector
	over     bool // nothing goes wrong any more
	passed   map[place]int
}

type planned struct {
	plan.Fault
	struck bool
	passed int // messages of its kind, where it strikes one
}

// place is what is counted.
type place struct {
	kind plan.Kind
	name string // of a write of the card
}

func newFaults(p plan.Plan, c clock.Clock, t task.Tasks) (*faults, error) {
	f := &faults{passed: map[place]int{}}
	var commands fault.Plan
	for _, one := range p {
		if one.Kind == plan.CardFault {
			commands = append(commands, one.Card)
		} else {
			f.list = append(f.list, planned{Fault: one})
		}
	}
	var err error
	f.injector, err = fault.New(fault.Config{Plan: commands, Clock: c, Tasks: t})
	return f, err
}

// pass counts a place, and returns the fault that strikes there; nil is none.
func (f *faults) pass(at place, same func(plan.Fault) bool) *plan.Fault {
	if f.over {
		return nil
	}
	f.passed[at]++
	for i := range f.list {
		one := &f.list[i]
		if !one.struck && one.Number == f.passed[at] && same(one.Fault) {
			one.struck = true
			return &one.Fault
		}
	}
	return nil
}

// message returns what happens to a message of a type.
func (f *faults) message(kind string) *plan.Fault {
	var found *plan.Fault
	for i := range f.list {
		one := &f.list[i]
		if f.over || one.Kind != plan.Line || !one.Strikes(kind) {
			continue
		}
		one.passed++
		if !one.struck && one.passed == one.Number && found == nil {
			one.struck, found = true, &one.Fault
		}
	}
	return found
}

// cut reports whether the power of the card goes at a point of a write.
func (f *faults) cut(at card.Point) bool {
	return f.pass(place{plan.CardCut, at.String()}, func(p plan.Fault) bool { return p.Kind == plan.CardCut && p.Point == at }) != nil
}

// commit returns what happens at a commit of the host.
func (f *faults) commit() *plan.Fault {
	return f.pass(place{kind: plan.KillHost}, func(p plan.Fault) bool {
		return p.Kind == plan.KillHost || p.Kind == plan.HostFull || p.Kind == plan.HostSlow
	})
}

// write returns what happens at a write to a terminal's journal.
func (f *faults) write() *plan.Fault {
	return f.pass(place{kind: plan.KillTerminal}, func(p plan.Fault) bool {
		return p.Kind == plan.KillTerminal || p.Kind == plan.TerminalFull
	})
}

// unfired returns the faults that have not struck.
func (f *faults) unfired() (left plan.Plan) {
	for _, one := range f.list {
		if !one.struck {
			left = append(left, one.Fault)
		}
	}
	for _, one := range f.injector.Unfired() {
		left = append(left, plan.Fault{Kind: plan.CardFault, Card: one})
	}
	return left
}

// How long a host is down that was killed, and one whose disk is full does nothing.
const (
	restartTime = 3 * time.Second
	repairTime  = 10 * time.Second
)
