package link

import (
	"slices"
	"time"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// waitForJournal is how long the queue waits where the journal can not be written.
const waitForJournal = time.Second

// restart takes up what the journal holds.
func (l *Link) restart() error {
	var items []queue.Item
	err := l.config.Journal.View(func(tx *journal.Tx) error {
		records, err := tx.Items()
		for _, r := range records {
			item, m, err := decodeItem(l.config.Dialect, r)
			if err != nil {
				return err
			}
			items, l.messages[r.Sequence] = append(items, item), m
		}
		return err
	})
	if err != nil {
		return err
	}
	return l.event(queue.Restarted{Items: items})
}

// event runs an event through the queue. Where the journal can not be written the
// queue stays as it was.
func (l *Link) event(e queue.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step(e)
}

// record makes an event together with what it is about, in one update of the
// journal.
func (l *Link) record(prepare func(*journal.Tx) (queue.Event, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var next queue.State
	var effects []queue.Effect
	err := l.config.Journal.Update(func(tx *journal.Tx) error {
		e, err := prepare(tx)
		if err != nil {
			return err
		}
		next, effects = l.queue.Step(e)
		return l.write(tx, effects)
	})
	if err != nil {
		return err
	}
	l.take(next, effects)
	return nil
}

// step is event with l.mu held.
func (l *Link) step(e queue.Event) error {
	next, effects := l.queue.Step(e)
	if slices.ContainsFunc(effects, queue.Lasting) {
		if err := l.config.Journal.Update(func(tx *journal.Tx) error { return l.write(tx, effects) }); err != nil {
			l.log("journal can not be written", "err", err)
			return err
		}
	}
	l.take(next, effects)
	return nil
}

// write makes the lasting effects.
func (l *Link) write(tx *journal.Tx, effects []queue.Effect) error {
	for _, e := range effects {
		var err error
		switch e := e.(type) {
		case queue.Keep:
			err = l.keep(tx, e.Item)
		case queue.Erase:
			err = tx.Erase(e.Sequence)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep writes an item with its message, completed with what is known now.
func (l *Link) keep(tx *journal.Tx, item queue.Item) error {
	m := l.messages[item.Sequence]
	if r, ok := m.(*message.Reversal); ok {
		r.ReasonCode = reasonCode(item.Reason)
	}
	if item.Phase == queue.Await {
		m.Head().Transmission = message.TransmissionDateTimeOf(l.config.Clock.Now())
	}
	content, err := encodeItem(l.config.Dialect, item, m)
	if err != nil {
		return err
	}
	return tx.Put(item.Sequence, content)
}

// take makes the next state the present one and starts what follows.
func (l *Link) take(next queue.State, effects []queue.Effect) {
	l.queue = next
	close(l.changed)
	l.changed = make(chan struct{})
	for _, e := range effects {
		switch e := e.(type) {
		case queue.Erase:
			delete(l.messages, e.Sequence)
		case queue.Send:
			conn, m := l.conn, copyOf(l.messages[e.Sequence])
			m.Head().Repeat = e.Repeat
			l.start(func() { l.send(conn, e.Sequence, m) })
		case queue.Dial:
			l.start(l.dial)
		case queue.Wait:
			l.wait(e.Delay)
		}
	}
}

// send sends an item and tells the queue what came of it.
func (l *Link) send(conn *connection, sequence uint64, m message.Message) {
	answer, err := conn.exchange(l.ctx, m)
	if err == nil && settles(answer) && l.event(queue.Acknowledged{Sequence: sequence}) == nil {
		l.log("acknowledged", "kind", m.Kind().String(), "stan", m.Head().STAN)
		return
	}
	l.log("not acknowledged", "kind", m.Kind().String(), "stan", m.Head().STAN, "err", err)
	if err := l.event(queue.Unacknowledged{Sequence: sequence}); err != nil {
		conn.end(err) // the queue begins anew on the next one, and nobody waits for this
	}
}

// copyOf returns a copy of an item's message, for a goroutine of its own.
func copyOf(m message.Message) message.Message {
	if r, ok := m.(*message.Reversal); ok {
		reversal := *r
		return &reversal
	}
	advice := *m.(*message.Advice)
	return &advice
}

// settles reports whether an answer to an item ends the matter: only one that
// accepts it does.
func settles(answer message.Message) bool {
	switch a := answer.(type) {
	case *message.AdviceResponse:
		return a.ActionCode == message.ActionAdviceAccepted || a.ActionCode == message.ActionApproved
	case *message.ReversalResponse:
		return a.ActionCode == message.ActionReversalAccepted || a.ActionCode == message.ActionApproved
	}
	return false
}

// dial makes a connection for the queue.
func (l *Link) dial() {
	if _, err := l.connect(l.ctx); err != nil {
		l.log("host can not be reached", "err", err)
		_ = l.event(queue.Unreachable{})
	}
}

// wait has the queue go on after a time that is spread by up to a quarter, so that
// terminals that lost one host do not come back at once. l.mu is held.
func (l *Link) wait(d time.Duration) {
	var spread [1]byte
	_, _ = l.config.Rand.Read(spread[:]) // without it there is no spread
	l.config.Clock.AfterFunc(d+d/4*time.Duration(spread[0])/255, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.start(l.waited)
	})
}

// waited has the queue go on, or wait again where the journal can not be written.
func (l *Link) waited() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.step(queue.Waited{}) != nil {
		l.wait(waitForJournal)
	}
}
