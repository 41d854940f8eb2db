package story

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/issuer/message"
)

// plan prepares a fault.
func (l *line) plan(f lineFault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, f)
}

// unused returns what is wrong with the faults, which are forgotten: those that never
// struck, one that could not be carried out, a message that is still kept back.
func (l *line) unused() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	errs := []error{l.failed}
	for _, f := range l.faults {
		errs = append(errs, fmt.Errorf("no message came that could be struck by `%s`", f))
	}
	if l.held != nil {
		errs = append(errs, errors.New("the terminal sent nothing behind the message that was kept back"))
	}
	l.faults, l.held, l.late, l.failed = nil, nil, nil, nil
	return errors.Join(errs...)
}

// unmatched is told of an answer that no request waits for. Where a message was damaged
// the terminal waits for another in vain: on a clock that stands its wait is over.
func (l *line) unmatched(message.Message) {
	l.mu.Lock()
	damaged := l.damaged
	l.damaged = false
	l.mu.Unlock()
	if damaged {
		l.timers.expire()
	}
}

// fail notes that a fault could not be carried out.
func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = errors.Join(l.failed, err)
}

// hold keeps a message of a type back until the next one was sent. The terminal waits
// no longer for its answer.
func (l *line) hold(frame []byte, kind string) {
	l.mu.Lock()
	l.held, l.late, l.awaited = slices.Clone(frame), make(chan struct{}), answerTo(kind)
	l.mu.Unlock()
	l.timers.expire()
}

// came notes a message of the host.
func (l *line) came(packed []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.late != nil && l.held == nil && plan.TypeOf(packed) == l.awaited {
		close(l.late)
		l.late = nil
	}
}

// answered waits until the host has answered a message that was kept back.
func (l *line) answered(ctx context.Context) error {
	l.mu.Lock()
	late := l.late
	l.mu.Unlock()
	if late == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drainMax)
	defer cancel()
	select {
	case <-late:
		return nil
	case <-ctx.Done():
		return errors.New("the message that was kept back has no answer")
	}
}

// holds reports whether a message is still kept back.
func (l *line) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held != nil
}

// release returns what was kept back, nil where there is nothing.
func (l *line) release() (frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	frame, l.held = l.held, nil
	return frame
}

// strike returns what goes wrong with a message; without an action nothing does.
func (l *line) strike(packed []byte) lineFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	kind := plan.TypeOf(packed)
	if plan.NameOf(kind) == "request" {
		l.request = slices.Clone(packed)
	}
	if l.dead != nil || l.down {
		return lineFault{action: actionLose}
	}
	due := -1
	for i := range l.faults {
		f := &l.faults[i]
		if !f.is(kind) || f.at >= len(packed) {
			continue
		}
		if f.number--; f.number <= 0 && due < 0 {
			due = i // a further one that is due strikes the next message
		}
	}
	if due < 0 {
		return lineFault{}
	}
	f := l.faults[due]
	l.faults = slices.Delete(l.faults, due, due+1)
	if effects()[f.action].kills {
		l.kill()
	}
	l.down, l.damaged = l.down || f.stay, l.damaged || f.action == actionCorrupt
	what, word := f.effect()
	l.timeline.Strike(kind, nameOfKind(kind)+" "+what, word)
	return f
}

// edited returns a message of the host that was changed on its way.
func (l *line) edited(packed []byte, edit func(message.Message) error) ([]byte, error) {
	m, err := l.dialect.Unpack(packed)
	if err != nil {
		return nil, err
	}
	if err := edit(m); err != nil {
		return nil, err
	}
	return l.dialect.Pack(m)
}
