package pinlife_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// restorable is a run whose host can be put back to a backup of its state.
type restorable struct {
	run
	backup pinlife.State
}

// restorableEvents are those of the paths with backups.
var restorableEvents = []struct {
	name string
	do   func(*restorable)
}{
	{"backup", func(x *restorable) { x.backup = x.host }},
	{"restore", (*restorable).restore},
	{"create or change", func(x *restorable) { x.setPIN() }},
	{"unblock asked", func(x *restorable) { x.askUnblock() }},
	{"operator retry", func(x *restorable) { x.retry() }},
	{"tap", func(x *restorable) { x.tap(1) }},
	{"insertion", func(x *restorable) { x.insert(checkout, rightPIN, completed) }},
	{"insertion, answer lost", func(x *restorable) { x.insert(checkout, rightPIN, answerOff) }},
	{"wrong PIN", func(x *restorable) { x.insert(checkout, wrongPIN, completed) }},
	{"cash machine", func(x *restorable) { x.insert(cashMachine, newPIN, completed) }},
}

// restore puts the state of the backup in the place of the host's. What the holder
// was told since is forgotten, and he has to set his PIN again.
func (x *restorable) restore() {
	x.host, x.effects = x.rig.step(x.backup, pinlife.RestoredFromBackup{})
	x.wanted, x.owed, x.sends = pinlife.NoPIN, false, 0
	if h := &x.host; h.Pending != pinlife.NoPIN || h.Open || h.Claimed || h.Unblock {
		x.violate("restored with something that waits or is on its way")
	}
}

// check checks what holds between events. While the state is unsure the chip's PIN
// need not be a candidate, and no online PIN is accepted.
func (x *restorable) check() error {
	if !x.host.Unsure {
		return x.run.check()
	}
	if x.err == nil && x.host.Reference() != pinlife.NoPIN {
		x.violate("a PIN is accepted online, though nobody knows which the chip has")
	}
	if x.err == nil {
		x.err = x.host.Validate()
	}
	return x.err
}

// progress has the holder set the PIN again where he has to, and then checks that
// good insertions prove it.
func (x *restorable) progress() error {
	if x.host.Unsure {
		x.retry()
		x.setPIN()
		x.insert(checkout, rightPIN, completed)
		x.insert(checkout, rightPIN, completed)
		if x.host.Unsure && !x.host.Held {
			x.violate("unsure after two good insertions with a PIN that was set again")
		}
	}
	if x.host.Unsure {
		return x.err // held: an operator sees it
	}
	return x.run.progress()
}

// TestModelRestore goes through every path of backups, restores and what happens
// between them, without folding.
func TestModelRestore(t *testing.T) {
	depth := policyDepth()
	for name, start := range startNames {
		for _, effective := range []pinlife.Effective{pinlife.OnCommit, pinlife.Immediate} {
			t.Run(fmt.Sprintf("%s, %v", name, effective), func(t *testing.T) {
				t.Parallel()
				x := restorable{run: run{rig: newRig(modelPolicy(effective, pinlife.Template72)), world: start}, backup: start.host}
				paths := uint64(0)
				require.NoError(t, walkRestores(x, nil, depth, &paths))
				assert.Equal(t, power(len(restorableEvents), depth), paths)
				t.Logf("%d paths of %d events out of %d", paths, depth, len(restorableEvents))
			})
		}
	}
}

func walkRestores(x restorable, told []string, depth int, paths *uint64) error {
	end := x
	if err := end.progress(); err != nil {
		return fmt.Errorf("%s: then good insertions: %w", strings.Join(told, " > "), err)
	}
	if depth == 0 {
		*paths++
		return nil
	}
	for _, e := range restorableEvents {
		next, story := x, append(told[:len(told):len(told)], e.name)
		e.do(&next)
		if err := next.check(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(story, " > "), err)
		}
		if err := walkRestores(next, story, depth-1, paths); err != nil {
			return err
		}
	}
	return nil
}

// TestModelRestoreFindsMutants: the walk finds a host that takes a backup for the
// truth.
func TestModelRestoreFindsMutants(t *testing.T) {
	for name, mend := range map[string]func(before, after pinlife.State) pinlife.State{
		"reference is kept": func(_, after pinlife.State) pinlife.State { after.Unsure = false; return after },
		"items are kept":    func(before, after pinlife.State) pinlife.State { before.Unsure = true; return before },
	} {
		r := newRig(modelPolicy(pinlife.OnCommit, pinlife.Template72))
		r.step = on[pinlife.RestoredFromBackup](mend)
		paths := uint64(0)
		err := walkRestores(restorable{run: run{rig: r, world: withPIN}, backup: withPIN.host}, nil, policyDepth(), &paths)
		require.Error(t, err, name)
		t.Log(name, err)
	}
}
