package sim

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// world is one run.
type world struct {
	secret.Opaque
	config    Config
	template  *template
	source    random.Source
	scheduler *scheduler
	people    *process
	faults    *faults

	module   *hsm.Software
	hostRand io.Reader
	store    *mem.Store
	record   store.Record // of the card, as it was committed last
	host     *host
	line     line
	tills    [tillsMax]*till
	chip     *chip
	cardBusy bool
	holder   *holder

	purchases []*purchase
	watch     watch

	hash       hash.Hash
	trace      []string // where Config.Trace is set
	violations []Violation
	failure    error // of the machinery
}

// newWorld makes the parts of a run.
func newWorld(c Config) (*world, error) {
	t, err := templateOf(c.Profile, c.Terminal)
	if err != nil {
		return nil, err
	}
	w := &world{config: c, template: t, source: random.Seeded(c.Seed), watch: newWatch(), hash: sha256.New()}
	w.scheduler = &scheduler{clock: clock.NewVirtual(start), pick: first}
	if c.Shuffle {
		choice := rand.New(rand.NewPCG(c.Seed, 1))
		w.scheduler.pick = choice.IntN
	}
	w.people = w.scheduler.process()
	w.line.world = w
	w.holder = newHolder(t.personal)
	if w.faults, err = newFaults(c.Plan, w.people, current{w.scheduler}); err != nil {
		return nil, err
	}
	w.chip = &chip{world: w, memory: t.memory.Clone(), rand: w.source.Stream("card")}
	if err := w.chip.open(); err != nil {
		return nil, err
	}
	for n := range w.tills {
		w.tills[n] = newTill(w, n)
	}
	return w, w.openIssuer()
}

// first picks who began first.
func first(int) int { return 0 }

// current is the process that runs.
type current struct{ *scheduler }

// Go begins a coroutine of that process.
func (c current) Go(f func()) { c.running.process.Go(f) }

// Await has that process wait.
func (c current) Await(signals ...<-chan struct{}) int { return c.running.process.Await(signals...) }

// openIssuer opens the store, and starts the host.
func (w *world) openIssuer() (err error) {
	if w.module, err = w.template.module(); err != nil {
		return err
	}
	w.hostRand = w.source.Stream("issuer/authorization")
	w.store = mem.New()
	ctx := context.Background()
	if err := members(ctx, w.store); err != nil {
		return err
	}
	if err := w.store.Create(ctx, w.template.ref, w.template.record); err != nil {
		return err
	}
	w.record = w.template.record
	return w.startHost()
}

// note writes down that something happened. All of it is in the hash of the run.
func (w *world) note(who, format string, a ...any) {
	what := fmt.Sprintf(format, a...)
	at := w.scheduler.clock.Now().Sub(start)
	fmt.Fprintf(w.hash, "%d %s %s\n", at, who, what)
	if w.config.Trace {
		w.trace = append(w.trace, fmt.Sprintf("%10.3fs  %-12s %s", at.Seconds(), who, what))
	}
}

// fail ends the run: the machinery is broken.
func (w *world) fail(err error) {
	if err != nil && w.failure == nil {
		w.failure = err
	}
}

// carriedOut is told of each command that the card got, and how it answered.
func (w *world) carriedOut(before remembered, command, answer []byte, err error) {
	if err != nil { // the power went in a write
		w.fail(w.chip.open())
	}
	s := cardStep{before: before, after: w.chip.look(), command: command, answered: err == nil, writes: w.chip.writes}
	if len(answer) >= 2 {
		s.sw = apdu.SW(answer[len(answer)-2])<<8 | apdu.SW(answer[len(answer)-1])
	}
	if c, err := apdu.ParseCommand(command); err == nil {
		s.name, s.ins = c.Name(), c.INS
	}
	w.hash.Write(command)
	w.hash.Write(answer)
	w.note("card", "%s: %s", s.name, s.told())
	w.check(step{card: &s})
}

// committed is told of each commit of the host.
func (w *world) committed(c commit) {
	h := w.holder
	if g := c.after.PIN.Newest; g > c.before.PIN.Newest && !h.asking.IsZero() {
		h.pins[g] = h.asking
	}
	w.record = c.after
	w.note("host", "commits: PIN %s", describe(c.after.PIN))
	w.check(step{commit: &c})
}

// describe tells how the issuer has a PIN.
func describe(s pinlife.State) string {
	return fmt.Sprintf("%s, proven %d, pending %d, candidates %v, attempts %d", s.Phase(), s.Proven, s.Pending, s.Candidates(), s.Attempts)
}

// message is told of each message before it goes out.
func (w *world) message(e *end, packed []byte) {
	w.hash.Write(packed)
	from, to := fmt.Sprintf("terminal %d", w.tillOf(e.wire.terminal.process)), "host"
	if e == e.wire.hostly {
		from, to = to, from
	}
	m, err := message.ISO93().Unpack(packed)
	if err != nil {
		w.note(from, "-> %s: unreadable message", to)
		return
	}
	head := m.Head()
	repeat := ""
	if head.Repeat {
		repeat = ", repeat"
	}
	w.note(from, "-> %s: %s, STAN %d%s", to, m.Kind(), head.STAN, repeat)
	if to != "host" {
		w.check(step{answer: &answerStep{message: m, packed: packed}})
	}
}

// tillOf numbers the terminal of a process from 1.
func (w *world) tillOf(p *process) int {
	for _, t := range w.tills {
		if t.process == p {
			return t.number + 1
		}
	}
	return 0
}
