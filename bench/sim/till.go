package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

// till is a terminal. Its journal outlives its process.
type till struct {
	world    *world
	number   int // from 0
	memory   *journal.Memory
	process  *process // nil before the first start
	journal  *journal.Journal
	link     *link.Link
	terminal *terminal.Terminal // once there was a card
	reader   *reader
	customer *customer
	busy     bool // somebody stands at it
	failed   bool // its disk was full
	killed   int  // so often

	completing bool           // the end of its transaction is being written down
	recorded   bool           // it is
	outcome    *kernel.Result // of that transaction

	journalRand, linkRand, kernelRand io.Reader
}

func newTill(w *world, number int) *till {
	name := fmt.Sprintf("terminal/%d/", number+1)
	t := &till{
		world: w, number: number, reader: &reader{chip: w.chip},
		journalRand: w.source.Stream(name + "journal"), linkRand: w.source.Stream(name + "link"), kernelRand: w.source.Stream(name + "kernel"),
	}
	t.memory = &journal.Memory{Commit: t.commit}
	return t
}

func (t *till) note(format string, a ...any) {
	t.world.note(fmt.Sprintf("terminal %d", t.number+1), format, a...)
}

// commit writes to the journal, or does what the plan has in its place.
func (t *till) commit(apply func()) error {
	t.process.alive()
	f := t.world.faults.write()
	switch {
	case f == nil:
		apply()
	case f.Kind == plan.TerminalFull:
		t.note("disk is full")
		t.failed = true
		return errors.New("disk is full")
	case f.After:
		apply()
		t.recorded = t.recorded || t.completing
		t.die()
	default:
		t.die()
	}
	return nil
}

// completion is the link, with an eye on the end of transactions.
type completion struct {
	*link.Link
	till *till
}

// Completed notes that the end of a transaction is being written down.
func (c *completion) Completed(ctx context.Context, r *kernel.Result) error {
	t := c.till
	t.completing, t.outcome = true, r
	err := c.Link.Completed(ctx, r)
	t.completing, t.recorded = false, err == nil
	return err
}

// die kills the terminal, with the card in it.
func (t *till) die() {
	t.note("is killed")
	t.killed++
	t.world.line.cut(t.process)
	t.link, t.terminal = nil, nil
	t.process.kill()
}

// up reports whether the terminal runs.
func (t *till) up() bool { return t.process != nil && !t.process.dead && t.link != nil }

// boot starts the terminal on what its journal holds.
func (t *till) boot() error {
	setup := t.world.template.terminals[t.number]
	var err error
	t.journal, err = journal.OpenMemory(t.memory, journal.Config{Key: t.world.template.storage, Rand: t.journalRand})
	if err != nil {
		return err
	}
	if err := link.LoadTDES(t.journal, setup.initial, setup.ksn); err != nil {
		return err
	}
	p := t.process
	l, err := link.New(link.Config{
		Dial:    func(context.Context) (net.Conn, error) { return t.world.line.dial(p) },
		Journal: t.journal, Profile: setup.profile, Clock: p, Tasks: p, Rand: t.linkRand,
	})
	if err != nil {
		return err
	}
	t.customer = &customer{till: t}
	t.terminal, err = terminal.New(terminal.Config{
		Reader: (*faultyReader)(t), Profile: setup.profile, Cardholder: t.customer, Online: &completion{l, t}, Counter: t.journal, Receipts: t.journal,
		Clock: p, Rand: t.kernelRand, Guard: guard.Policy{EmulatedCardsOnly: true},
	})
	if err == nil {
		t.link = l
	}
	return err
}

// faultyReader is the terminal's reader, in which the plan strikes while faults do.
type faultyReader till

// Name names the reader.
func (r *faultyReader) Name() string { return r.reader.Name() }

// WaitCard resets the card.
func (r *faultyReader) WaitCard(ctx context.Context) (hardware.Card, error) {
	card, err := r.reader.WaitCard(ctx)
	if err != nil || r.world.faults.over {
		return card, err
	}
	return r.world.faults.injector.Card(card), nil
}

// WaitRemoval returns: the card is taken out.
func (r *faultyReader) WaitRemoval(ctx context.Context) error { return r.reader.WaitRemoval(ctx) }

// Close does nothing.
func (r *faultyReader) Close() error { return nil }

// do has the terminal do something, after it has started where it was down. It
// reports whether it came to the end of that.
func (t *till) do(job func()) bool {
	if !t.up() {
		t.process = t.world.scheduler.process()
		t.link = nil
	}
	p, done := t.process, false
	p.Go(func() {
		if t.link == nil {
			t.note("starts")
			if err := t.boot(); err != nil {
				t.note("does not start: %v", err)
				t.process.kill() // it is started again
			}
		}
		job()
		done = true
	})
	t.world.people.wait(func() bool { return done || p.dead })
	return done
}

// owes returns how many messages the terminal owes the host.
func (t *till) owes() (n int) {
	if t.process == nil {
		return 0
	}
	j, err := journal.OpenMemory(t.memory, journal.Config{Key: t.world.template.storage, Rand: t.journalRand})
	if err == nil {
		err = j.View(func(tx *journal.Tx) error {
			items, err := tx.Items()
			n = len(items)
			return err
		})
	}
	t.world.fail(err)
	return n
}
