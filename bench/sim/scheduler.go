package sim

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"time"

	"github.com/f510b0cf/till/emv/clock"
)

// scheduler runs coroutines, one at a time: each runs until it waits, and then the
// scheduler picks who goes on. When nobody can, it moves the clock to the next timer.
type scheduler struct {
	clock   *clock.Virtual
	pick    func(n int) int // which of n that can go on does
	tasks   []*coroutine    // in the order in which they began
	running *coroutine
	steps   int
	failure error // of a coroutine that has panicked
}

// coroutine is one line of work of a process.
type coroutine struct {
	process *process
	resume  func() (struct{}, bool)
	stop    func()
	pause   func(struct{}) bool
	ready   func() bool // reports whether it can go on; nil is yes
	over    bool
}

// process is what loses its power as a whole: a terminal, a host, or the people, who
// never do. It is a task.Tasks.
type process struct {
	scheduler *scheduler
	dead      bool
}

// killed is the panic that takes a coroutine of a dead process down.
type killed struct{}

// The bounds of a run.
const (
	stepsMax = 100_000
	timeMax  = 30 * 24 * time.Hour
)

// Why a run does not come to its end.
var (
	errStalled = errors.New("nobody can go on, and no timer runs")
	errEndless = fmt.Errorf("no end after %d steps", stepsMax)
)

// run runs coroutines until the condition holds.
func (s *scheduler) run(until func() bool) error {
	for !until() && s.failure == nil {
		able := s.able()
		if len(able) == 0 {
			if !s.advance() {
				return errStalled
			}
			continue
		}
		if s.steps++; s.steps > stepsMax {
			return errEndless
		}
		s.step(able[s.pick(len(able))])
	}
	return s.failure
}

// able returns the coroutines that can go on.
func (s *scheduler) able() (all []*coroutine) {
	for _, c := range s.tasks {
		if c.ready == nil || c.ready() {
			all = append(all, c)
		}
	}
	return all
}

// advance moves the clock to the next timer.
func (s *scheduler) advance() bool {
	d, ok := s.clock.Next()
	if ok {
		s.clock.Advance(d)
	}
	return ok
}

// step lets a coroutine go on until it waits or ends.
func (s *scheduler) step(c *coroutine) {
	before := s.running
	s.running, c.ready = c, nil
	c.resume()
	s.running = before
	s.bury(c)
}

// bury forgets a coroutine that has ended.
func (s *scheduler) bury(c *coroutine) {
	if c.over {
		s.tasks = slices.DeleteFunc(s.tasks, func(o *coroutine) bool { return o == c })
	}
}

func (s *scheduler) process() *process { return &process{scheduler: s} }

// Go begins a coroutine. A dead process does nothing any more.
func (p *process) Go(f func()) {
	if p.dead {
		return
	}
	c := &coroutine{process: p}
	c.resume, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.pause = yield
		defer func() {
			c.over = true
			if why := recover(); why != nil && why != (killed{}) && p.scheduler.failure == nil {
				p.scheduler.failure = fmt.Errorf("panic: %v\n%s", why, debug.Stack())
			}
		}()
		f()
	})
	p.scheduler.tasks = append(p.scheduler.tasks, c)
}

// Await waits until one of the signals is closed, and returns which: the first of
// those that are.
func (p *process) Await(signals ...<-chan struct{}) (which int) {
	p.wait(func() bool {
		which = slices.IndexFunc(signals, isClosed)
		return which >= 0
	})
	return which
}

func isClosed(signal <-chan struct{}) bool {
	select {
	case <-signal:
		return signal != nil
	default:
		return false
	}
}

// wait lets others go on until ready.
func (p *process) wait(ready func() bool) {
	p.alive()
	if ready() {
		return
	}
	p.give(ready)
}

// yield lets others go on.
func (p *process) yield() {
	p.alive()
	p.give(nil)
}

func (p *process) give(ready func() bool) {
	c := p.scheduler.running
	if c == nil || c.process != p {
		panic("sim: wait outside of the process")
	}
	c.ready = ready
	if !c.pause(struct{}{}) {
		panic(killed{})
	}
	p.alive()
}

// sleep lets time pass.
func (p *process) sleep(d time.Duration) {
	passed := make(chan struct{})
	p.AfterFunc(d, func() { close(passed) })
	p.Await(passed)
}

// alive takes the coroutine down where its process is dead.
func (p *process) alive() {
	if p.dead {
		panic(killed{})
	}
}

// kill takes the power from a process. It does not return where it is called by the
// process itself.
func (p *process) kill() {
	s := p.scheduler
	p.dead = true
	self := s.running
	for _, c := range slices.Clone(s.tasks) {
		if c.process != p || c == self {
			continue
		}
		s.running = c
		c.stop()
		c.over = true // one that had not begun ends without a word
		s.running = self
		s.bury(c)
	}
	if self != nil && self.process == p {
		panic(killed{})
	}
}

// Now returns the virtual time.
func (p *process) Now() time.Time { return p.scheduler.clock.Now() }

// AfterFunc has f called later, unless the process is dead by then.
func (p *process) AfterFunc(d time.Duration, f func()) clock.Timer {
	return p.scheduler.clock.AfterFunc(d, func() {
		if !p.dead {
			f()
		}
	})
}
