package sim

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

func newScheduler() *scheduler {
	return &scheduler{clock: clock.NewVirtual(start), pick: first}
}

// TestSchedulerWaitsAndKills has two processes wait for each other and for time, and one
// of them killed.
func TestSchedulerWaitsAndKills(t *testing.T) {
	s := newScheduler()
	a, b := s.process(), s.process()
	var told []string
	tell := func(what string) { told = append(told, what+" at "+s.clock.Now().Sub(start).String()) }
	signal, never := make(chan struct{}), make(chan struct{})
	a.Go(func() {
		defer tell("a unwinds")
		a.sleep(time.Second)
		tell("a slept")
		close(signal)
		a.Await(never)
		tell("a goes on")
	})
	done := false
	b.Go(func() {
		assert.Equal(t, 1, b.Await(nil, signal, never))
		tell("b heard")
		a.AfterFunc(0, func() { tell("timer of a") })
		a.kill()
		a.Go(func() { tell("a again") })
		b.yield()
		b.sleep(time.Second)
		done = true
	})
	require.NoError(t, s.run(func() bool { return done }))
	assert.Equal(t, []string{"a slept at 1s", "b heard at 1s", "a unwinds at 1s"}, told)
	assert.Empty(t, s.tasks)
	assert.Equal(t, 2*time.Second, s.clock.Now().Sub(start))
}

func TestSchedulerEnds(t *testing.T) {
	forever := func() bool { return false }
	s := newScheduler()
	p := s.process()
	p.Go(func() { p.Await(nil) })
	p.Go(func() { p.kill() })
	assert.ErrorIs(t, s.run(forever), errStalled)
	assert.Empty(t, s.tasks, "it killed itself")
	p = s.process()
	p.Go(func() {
		for {
			p.yield()
		}
	})
	assert.ErrorIs(t, s.run(forever), errEndless)
	s = newScheduler()
	s.process().Go(func() { panic("broken") })
	assert.ErrorContains(t, s.run(forever), "panic: broken")
	assert.PanicsWithValue(t, "sim: wait outside of the process", func() { s.process().yield() })
}

// played returns a world in which a PIN was changed and proven.
func played(t *testing.T) *world {
	t.Helper()
	acts, err := ParseActs("activate; change; insert 1; insert 1")
	require.NoError(t, err)
	w, err := newWorld(Config{Profile: "sim", Terminal: "demo", Acts: acts, Scan: true})
	require.NoError(t, err)
	over := false
	w.people.Go(func() { w.perform(acts); w.settle(); over = true })
	require.NoError(t, w.play(func() bool { return over }))
	require.Empty(t, w.violations)
	t.Cleanup(w.end)
	return w
}

// TestInvariantsFail has each invariant fail on what it forbids, and nothing else.
func TestInvariantsFail(t *testing.T) {
	good := func(w *world) *endStep { return &endStep{visits: []*visit{{good: true}, {good: true}}} }
	command := func(w *world, ins byte, change func(*cardStep)) step {
		now := w.chip.look()
		c := &cardStep{before: now, after: now, command: []byte{0x80, ins, 0, 0}, name: "command", ins: ins, answered: true, sw: apdu.SWSuccess}
		change(c)
		return step{card: c}
	}
	answer := func(code message.ActionCode) *answerStep {
		return &answerStep{message: &message.AdviceResponse{Acknowledgement: message.Acknowledgement{ActionCode: code}}, packed: []byte{byte(code)}}
	}
	for name, cases := range map[string][]func(w *world) step{
		"I1": {
			func(w *world) step {
				return command(w, 0xA4, func(c *cardStep) { c.after.PIN = unknown; c.before.PIN = unknown })
			},
			func(w *world) step { return command(w, 0xA4, func(c *cardStep) { c.after.PINSet = false }) },
		},
		"I2": {func(w *world) step {
			w.record.PIN.Proven = 1
			w.record.PIN.Claimed = true
			return command(w, 0xA4, func(*cardStep) {})
		}},
		"I3": {
			func(w *world) step { return command(w, 0xA4, func(c *cardStep) { c.before.PIN = 1 }) },
			func(w *world) step {
				w.watch.entered = 1
				return command(w, apdu.INSVerify, func(c *cardStep) { c.writes = []card.Write{card.WritePINTry}; c.after.TriesLeft-- })
			},
		},
		"I4": {func(w *world) step {
			w.holder.acked = 3
			return step{end: good(w)}
		}},
		"I5": {
			func(w *world) step { return command(w, 0xA4, func(c *cardStep) { c.before.TriesLeft = 1 }) },
			func(w *world) step { return command(w, 0xA4, func(c *cardStep) { c.after.TriesLeft-- }) },
			func(w *world) step {
				w.watch.entered = 2
				return command(w, apdu.INSVerify, func(c *cardStep) { c.writes = []card.Write{card.WritePINGood} })
			},
			func(w *world) step {
				w.watch.entered = unknown
				return command(w, apdu.INSVerify, func(c *cardStep) { c.writes, c.sw = []card.Write{card.WritePINTry}, 0x63C3 })
			},
		},
		"I6": {func(w *world) step { return step{end: &endStep{visits: []*visit{{}, {}}}} }},
		"I7": {
			func(w *world) step {
				w.purchases[0].stands = false
				return step{end: good(w)}
			},
			func(w *world) step {
				w.newPurchase().stands = true
				return step{end: good(w)}
			},
			func(w *world) step {
				w.record.Spent.Amount++
				return step{end: good(w)}
			},
			func(w *world) step {
				c := commit{before: w.record, after: w.record}
				twice := w.record.Payments[0]
				twice.Key = store.NewKey("again")
				c.after.Payments = append(slices.Clone(c.after.Payments), twice)
				require.NoError(t, moneyAddsUp(w, step{commit: &c}))
				return step{end: good(w)}
			},
		},
		"I8": {
			func(w *world) step { return command(w, 0xA8, func(c *cardStep) { c.after.ATC-- }) },
			func(w *world) step { return command(w, 0xA8, func(c *cardStep) { c.after.ATC += 2 }) },
		},
		"I9": {func(w *world) step {
			return command(w, apdu.INSPINChange, func(c *cardStep) { c.after.ScriptsApplied++ })
		}},
		"I10": {func(w *world) step {
			c := commit{before: w.record, after: w.record}
			c.before.PIN.Proven = 1
			w.record.PIN = pinlife.State{Proven: 1, Newest: 2, Pending: 2, SentCount: 1}
			w.record.PIN.Sent[0] = pinlife.Item{Generation: 2, ATC: 1}
			w.record.PIN.Claimed = false
			c.before.PIN.Proven = 2
			return step{commit: &c}
		}},
		"I11": {func(w *world) step {
			c := commit{before: w.record, after: w.record}
			c.after.PIN.Newest++
			return step{commit: &c}
		}},
		"I12": {func(w *world) step {
			w.template.pan.Open(func(digits []byte) { w.trace = append(w.trace, string(digits)) })
			return step{end: good(w)}
		}},
		"I13": {func(w *world) step {
			w.record.PIN.Pending = 3
			return step{end: good(w)}
		}},
		"same-answer": {func(w *world) step {
			require.NoError(t, answersAreTheSame(w, step{answer: answer(message.ActionApproved)}))
			return step{answer: answer(message.ActionDoNotHonour)}
		}},
		"commit-first": {func(w *world) step {
			w.watch.answered = w.watch.replies + 1
			return step{answer: answer(message.ActionApproved)}
		}},
		"nothing-owed": {func(w *world) step {
			e := good(w)
			e.owed[1] = 1
			return step{end: e}
		}},
	} {
		for n, sabotage := range cases {
			w := played(t)
			w.check(step{end: good(w)})
			require.Empty(t, w.violations, name)
			w.check(sabotage(w))
			assert.True(t, slices.ContainsFunc(w.violations, func(v Violation) bool { return v.Invariant == name }), "%s, case %d: %v", name, n, w.violations)
		}
	}
	assert.Len(t, Invariants(), 16, "each has a case")
}

// TestAcknowledgedWithoutCommit has an acknowledgement that no commit has.
func TestAcknowledgedWithoutCommit(t *testing.T) {
	w := played(t)
	w.acknowledged(mustPIN("9999"))
	require.Len(t, w.violations, 1)
	assert.Equal(t, "I4", w.violations[0].Invariant)
	w.acknowledged(w.holder.pins[2])
	assert.Equal(t, pinlife.Generation(2), w.holder.acked)
	assert.Equal(t, pin.PIN{}, w.holder.asking)
}

// TestShrink makes a failing run smaller: what makes it fail is a killed terminal while a
// second change is pending.
func TestShrink(t *testing.T) {
	defer func(all []Invariant) { invariants = all }(invariants)
	invariants = []Invariant{{"test", "", func(w *world, s step) error {
		if s.end != nil && w.tills[0].killed+w.tills[1].killed > 0 && w.record.PIN.Newest == 3 {
			return errors.New("found")
		}
		return nil
	}}}
	acts, err := ParseActs("activate; tap 1; meanwhile change; insert 1; wait 3s; change; insert 2; insert 1")
	require.NoError(t, err)
	faults, err := plan.ParsePlan("card pull before 3; kill terminal after 12; line double answer")
	require.NoError(t, err)
	r := Run(Config{Profile: "sim", Seed: 9, Shuffle: true, Acts: acts, Plan: faults})
	require.True(t, r.Failed(), r.Unfired)
	small := Shrink(r)
	assert.Equal(t, "test", small.kind())
	assert.Equal(t, "tap 1; change; change", small.Config.Acts.String())
	assert.Equal(t, "kill terminal after 1", small.Config.Plan.String())
	assert.False(t, small.Config.Shuffle)
}
