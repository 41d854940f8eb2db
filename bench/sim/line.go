package sim

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/issuer/message"
)

// line is what terminals reach the host by. It sees whole messages.
type line struct {
	world *world
	down  bool // it takes no connections
	wires []*wire
}

// wire is one connection.
type wire struct {
	line             *line
	number           int
	host             *host
	toHost, toTill   pipe
	terminal, hostly *end
}

// pipe is one direction of a wire.
type pipe struct {
	wire   *wire
	here   []byte   // to be read
	held   [][]byte // messages that come later, and all behind them
	slow   bool     // held is released by a timer
	ending bool     // it is closed behind what is held
	kept   []byte   // a message that waits for the one behind it
	closed bool
}

// end is the connection as one of its two sides sees it. It is a net.Conn.
type end struct {
	process *process
	wire    *wire
	in, out *pipe
	// turn is the host's end whose message is worked on: one at a time is, as the host
	// has it for each account. Nil for ends of terminals.
	turn **end
}

var errDown = errors.New("connect: the line is down")

// dial makes a connection. It does not wait.
func (l *line) dial(p *process) (net.Conn, error) {
	h := l.world.host
	if l.down || h == nil || h.process.dead {
		l.world.note("line", "no connection")
		return nil, errDown
	}
	w := &wire{line: l, number: len(l.wires) + 1, host: h}
	l.wires = append(l.wires, w)
	w.toHost.wire, w.toTill.wire = w, w
	w.terminal = &end{process: p, wire: w, in: &w.toTill, out: &w.toHost}
	w.hostly = &end{process: h.process, wire: w, in: &w.toHost, out: &w.toTill, turn: &h.turn}
	l.world.note("line", "connection %d", w.number)
	h.serve(w.hostly)
	return w.terminal, nil
}

// cut ends all connections of a process that is dead.
func (l *line) cut(p *process) {
	for _, w := range l.wires {
		if w.terminal.process == p || w.hostly.process == p {
			w.close()
		}
	}
}

// close ends both directions. What the line holds back comes before the end: a message
// may be late by more than the life of its terminal.
func (w *wire) close() {
	w.toHost.end()
	w.toTill.end()
}

func (p *pipe) end() {
	p.ending = true
	p.closed = p.closed || !p.slow
}

// Read waits for bytes.
func (e *end) Read(b []byte) (int, error) {
	e.leave()
	e.process.wait(func() bool {
		if len(e.in.here) == 0 {
			return e.in.closed
		}
		return e.turn == nil || *e.turn == nil
	})
	if len(e.in.here) == 0 {
		return 0, io.EOF
	}
	n := copy(b, e.in.here)
	e.in.here = e.in.here[n:]
	if e.turn != nil {
		*e.turn = e
	}
	return n, nil
}

// leave ends the turn.
func (e *end) leave() {
	if e.turn != nil && *e.turn == e {
		*e.turn = nil
	}
}

// Write sends a message, as message.Framing has it: whole. What is lost on the line
// counts as sent.
func (e *end) Write(b []byte) (int, error) {
	e.process.alive()
	if e.out.ending {
		return 0, net.ErrClosed
	}
	e.wire.line.travel(e, bytes.Clone(b))
	return len(b), nil
}

// travel takes a message to the other side, or wherever the plan has it go.
func (l *line) travel(e *end, frame []byte) {
	packed, err := message.FramingBinary.ReadMessage(bytes.NewReader(frame))
	if err != nil {
		packed = nil // a poll
	}
	l.world.message(e, packed)
	f := l.world.faults.message(plan.TypeOf(packed))
	if f == nil {
		e.out.arrive(frame)
		return
	}
	if f.Stay {
		l.down = true
	}
	switch f.Action {
	case plan.Lose:
		e.wire.close()
	case plan.Drop:
	case plan.Double:
		e.out.arrive(frame)
		e.out.arrive(frame)
	case plan.Corrupt:
		frame[len(frame)-len(packed)+min(f.Bytes, len(packed)-1)] ^= 0x40
		e.out.arrive(frame)
	case plan.Downgrade:
		e.out.arrive(downgraded(frame, packed))
	case plan.Delay:
		e.out.delay(frame)
	case plan.Reorder:
		e.out.reorder(frame)
	case plan.Cut:
		e.out.here = append(e.out.here, frame[:min(f.Bytes, len(frame)-1)]...)
		e.wire.close()
	}
}

// downgraded returns an answer without issuer authentication data. Another message stays
// as it is.
func downgraded(frame, packed []byte) []byte {
	dialect := message.ISO93()
	m, err := dialect.Unpack(packed)
	if err != nil || plan.WithoutIssuerAuthentication(m) != nil {
		return frame
	}
	altered, err := dialect.Pack(m)
	if err != nil {
		return frame
	}
	var b bytes.Buffer
	if message.FramingBinary.WriteMessage(&b, altered) != nil {
		return frame
	}
	return b.Bytes()
}

// arrive makes bytes readable.
func (p *pipe) arrive(frame []byte) {
	if p.slow {
		p.held = append(p.held, frame)
		return
	}
	p.here = append(p.here, frame...)
	if kept := p.kept; kept != nil {
		p.kept = nil
		p.here = append(p.here, kept...)
	}
}

// How long the line holds messages back.
const (
	delayTime   = 45 * time.Second // longer than an answer is awaited
	reorderTime = 60 * time.Second // for one that nothing follows
)

// delay holds a message back, and all that follow it.
func (p *pipe) delay(frame []byte) {
	p.slow = true
	p.held = append(p.held, frame)
	p.wire.line.world.scheduler.clock.AfterFunc(delayTime, func() {
		p.slow = false
		held := p.held
		p.held = nil
		for _, frame := range held {
			p.arrive(frame)
		}
		p.closed = p.closed || p.ending
	})
}

// reorder holds a message back until another has passed it.
func (p *pipe) reorder(frame []byte) {
	p.kept = frame
	p.wire.line.world.scheduler.clock.AfterFunc(reorderTime, func() { p.arrive(nil) })
}

// Close hangs up.
func (e *end) Close() error {
	e.leave()
	e.wire.close()
	return nil
}

// address names the ends.
type address string

// Network returns the kind of the line.
func (address) Network() string { return "sim" }

// String returns the name.
func (a address) String() string { return string(a) }

// LocalAddr and the following are those of a net.Conn. Deadlines on sockets are an
// outer net, on the system's clock: there is none here.
func (e *end) LocalAddr() net.Addr { return address("here") }

// RemoteAddr names the other end.
func (e *end) RemoteAddr() net.Addr { return address("there") }

// SetDeadline does nothing.
func (e *end) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (e *end) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (e *end) SetWriteDeadline(time.Time) error { return nil }
