package story

import (
	"errors"
	"sync"
)

// journalWritesMax bounds the number of the write at which a terminal is killed.
const journalWritesMax = 100

// powerCut is the end of a terminal at a write to its journal. The journal as it was
// at that instant is kept, the card is out, and the line dead: whatever the program
// does later did not happen.
type powerCut struct {
	mu     sync.Mutex
	left   int    // writes until then; 0 is none
	pull   func() // takes the card out
	strike func() error
	struck bool
	err    error
}

// plan has the power fail at the n-th write from now on.
func (p *powerCut) plan(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.struck, p.err = n, false, nil
}

// wrote is told of each write.
func (p *powerCut) wrote() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == 0 {
		return
	}
	if p.left--; p.left > 0 {
		return
	}
	p.struck, p.err = true, p.strike()
	if p.pull != nil {
		p.pull()
	}
}

// hasStruck reports whether the power has failed.
func (p *powerCut) hasStruck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// over ends the plan, and reports whether the power failed, or still was to.
func (p *powerCut) over() (struck, missed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	struck, missed, err = p.struck, p.left > 0, p.err
	p.left, p.struck, p.err = 0, false, nil
	return struck, missed, err
}

// holding says how the card is taken out that is in the reader; nil is no card.
func (p *powerCut) holding(pull func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull = pull
}

// cutPower is what happens to a terminal whose power fails.
func (w *World) cutPower(t *till) error {
	w.timeline.Fault("the terminal's power fails, once it has written to its journal")
	t.line.set(true)
	return copyFile(w.path(killedFolder+"-"+t.journalName()), w.path(terminalFolder, t.journalName()))
}

// repower starts a terminal again whose power failed.
func (w *World) repower(t *till) error {
	struck, missed, err := t.die.over()
	if missed {
		return errors.New("the terminal did not write to its journal as often as `kill terminal` wants")
	}
	if !struck || err != nil {
		return err
	}
	if err := t.stop(); err != nil {
		return err
	}
	if err := copyFile(w.path(terminalFolder, t.journalName()), w.path(killedFolder+"-"+t.journalName())); err != nil {
		return err
	}
	t.line.set(false)
	return w.startTill(t)
}
