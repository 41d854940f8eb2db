package sim

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Config says what is played. Profile and Acts are necessary.
type Config struct {
	Profile   string         // of the card, one of the program
	Terminal  string         // its profile; empty is TerminalDefault
	Seed      uint64         // of all that is drawn
	Shuffle   bool           // the scheduler's choice is drawn too
	Policy    pinlife.Policy // the zero Policy is the default
	Acts      Acts
	Plan      plan.Plan
	Trace     bool // what happens is kept in words
	AllStrike bool // a fault that finds no place to strike at is a failure
	Scan      bool // at the end, a look for secrets in all that was written
}

// The profiles of runs that name none.
const (
	ProfileDefault  = "sim"
	TerminalDefault = "demo"
)

// Result is what came of a run.
type Result struct {
	Config     Config
	Violations []Violation
	Unfired    plan.Plan // faults that found no place to strike at
	Err        error     // the machinery is broken: a panic, or a run without an end
	Hash       string    // of everything that happened
	Changes    int       // PINs that came to the chip
	Trace      []string
}

// Failed reports whether something was found.
func (r Result) Failed() bool { return r.Err != nil || len(r.Violations) > 0 }

// Run plays one run: the acts under faults, then a repair, after which everything must
// come to its end.
func Run(c Config) (r Result) {
	if c.Terminal == "" {
		c.Terminal = TerminalDefault
	}
	r.Config = c
	w, err := newWorld(c)
	if err != nil {
		r.Err = err
		return r
	}
	over := false
	w.people.Go(func() {
		w.perform(c.Acts)
		r.Unfired = w.faults.unfired()
		w.repair()
		over = true
	})
	r.Err = w.play(func() bool { return over || w.failure != nil })
	w.end()
	if c.AllStrike && r.Err == nil && len(r.Unfired) > 0 {
		r.Err = fmt.Errorf("faults that never struck: %s", r.Unfired)
	}
	r.Violations, r.Hash, r.Trace = w.violations, hex.EncodeToString(w.hash.Sum(nil)), w.trace
	r.Changes = int(w.chip.look().PIN)
	return r
}

// play runs the scheduler. A panic of what it runs is its error.
func (w *world) play(until func() bool) (err error) {
	defer func() {
		if why := recover(); why != nil { // of a timer
			err = fmt.Errorf("panic: %v\n%s", why, debug.Stack())
		}
	}()
	return cmp.Or(w.scheduler.run(until), w.failure)
}

// end takes all processes down.
func (w *world) end() {
	w.scheduler.running = nil
	w.people.kill()
	w.host.process.kill()
	for _, t := range w.tills {
		if t.process != nil {
			t.process.kill()
		}
	}
}

// The bounds of a repair.
const (
	settleMax   = 2 * time.Hour
	settleEvery = 5 * time.Second
)

// insertionsMax is within how many insertions every change must have come to its end:
// I13.
const insertionsMax = 2

// repair ends the faults, uses the card as its holder would, and holds all to what
// must be then.
func (w *world) repair() {
	w.note("repair", "faults are over")
	w.faults.over = true
	w.line.down = false
	if w.host.failed && !w.host.process.dead {
		w.host.die()
	}
	for _, t := range w.tills {
		if t.failed && t.up() {
			t.die() // somebody has made room, and starts it again
		}
	}
	w.settle()
	_, _ = w.ask("activate", holderID, func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
		return s.Activate(ctx, a)
	})
	var e endStep
	for range insertionsMax {
		e.visits = append(e.visits, w.use())
		w.settle()
	}
	for n, t := range w.tills {
		e.owed[n] = t.owes()
	}
	w.check(step{end: &e})
}

// settle waits until everybody is up, and the terminals owe nothing.
func (w *world) settle() {
	began := w.scheduler.clock.Now()
	for w.scheduler.clock.Now().Sub(began) < settleMax {
		owed := 0
		for _, t := range w.tills {
			if t.process != nil && !t.up() {
				t.do(func() {})
			}
			owed += t.owes()
		}
		if owed == 0 && !w.host.process.dead {
			return
		}
		w.people.sleep(settleEvery)
	}
}

// use inserts the card with a PIN that the issuer or the chip accepts. Where the chip
// has no tries left, the holder asks for new ones first.
func (w *world) use() *visit {
	now := w.chip.look()
	if now.PINSet && now.TriesLeft == 0 {
		w.unblock()
	}
	if w.record.Tries >= authorization.PINTriesMax { // the holder has sent wrong ones, and calls
		_, _ = w.ask("reset tries", holderID, func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
			return s.ResetTries(ctx, a.Card)
		})
	}
	var pins []pinChoice
	switch {
	case now.PINSet:
		pins = []pinChoice{{w.holder.pins[now.PIN], now.PIN, true}}
	case w.holder.acked != pinlife.NoPIN:
		pins = []pinChoice{{w.holder.pins[w.holder.acked], w.holder.acked, true}}
	case w.record.PIN.Pending != pinlife.NoPIN: // his request had no answer; now he is told that a first PIN waits
		pins = []pinChoice{{w.holder.pins[w.record.PIN.Pending], w.record.PIN.Pending, true}}
	}
	return w.buy(w.tills[0], hardware.Contact, pins...)
}

// Command returns the command line that plays a run again.
func (c Config) Command() string {
	text := "till sim"
	if c.Profile != ProfileDefault {
		text += " --profile " + c.Profile
	}
	if c.Terminal != "" && c.Terminal != TerminalDefault {
		text += " --terminal " + c.Terminal
	}
	if words := policyWords(c.Policy); words != "" {
		text += " --policy " + words
	}
	text += fmt.Sprintf(" --seed %d", c.Seed)
	if c.Shuffle {
		text += " --shuffle"
	}
	return text + fmt.Sprintf(" --acts %q --plan %q", c.Acts, c.Plan)
}
