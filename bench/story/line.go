package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/issuer/message"
)

// line is the way from a terminal to the host, on which messages can be lost. It is
// dead then until it is mended.
type line struct {
	address  string
	timeline *timeline.Timeline
	timers   *timers // of the terminal

	mu     sync.Mutex
	faults []lineFault
	down   bool
	dead   chan struct{} // closed when the line is mended; nil where it is not dead
	died   chan struct{} // closed while the line is dead
}

// lineFault is something that goes wrong with a message.
type lineFault struct {
	action string
	kind   string // digits of the message type
	stay   bool   // the line stays down
}

// The actions of a lineFault.
const (
	actionLose    = "lose"    // the message is lost, and the line dead
	actionDouble  = "double"  // it arrives twice
	actionCorrupt = "corrupt" // its first byte is another
	actionDelay   = "delay"   // it arrives when the terminal waits no longer
)

// effects says what the actions do, in words and in one.
var effects = map[string]struct{ what, word string }{
	actionLose:    {"is lost, and the line is dead", "lost"},
	actionDouble:  {"arrives twice", "twice"},
	actionCorrupt: {"arrives damaged", "damaged"},
	actionDelay:   {"comes too late", "late"},
}

// parseLineFault reads ACTION request|answer|MTI [stay].
func parseLineFault(words []string) (f lineFault, err error) {
	if n := len(words); n == 3 && words[2] == "stay" {
		f.stay, words = true, words[:2]
	}
	if len(words) != 2 || !slices.Contains([]string{actionLose, actionDouble, actionCorrupt, actionDelay}, words[0]) {
		return f, fmt.Errorf("%w: want lose, double, corrupt or delay, then request, answer or a message type such as 1120", errArguments)
	}
	f.action, f.kind = words[0], words[1]
	switch f.kind {
	case "request":
		f.kind = "1100"
	case "answer":
		f.kind = "1110"
	}
	if len(f.kind) != 4 || strings.Trim(f.kind, "0123456789") != "" {
		return f, fmt.Errorf("%w: want request, answer or a message type of four digits", errArguments)
	}
	if f.action == actionDelay && f.kind != "1110" {
		return f, fmt.Errorf("%w: delay is for the answer: it comes when nobody waits for it any more", errArguments)
	}
	return f, nil
}

// errDown is why a line that is down takes no connection.
var errDown = errors.New("the line is down")

// dial makes a connection, when the line is not dead.
func (l *line) dial(ctx context.Context) (net.Conn, error) {
	l.mu.Lock()
	dead, down := l.dead, l.down
	l.mu.Unlock()
	if down {
		return nil, errDown
	}
	if dead != nil {
		select {
		case <-dead:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l.mu.Lock()
	address := l.address
	l.mu.Unlock()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &lineConn{Conn: conn, line: l, next: make(chan struct{}, 1)}, nil
}

// move has the line lead elsewhere from now on.
func (l *line) move(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.address = address
}

// plan prepares a fault.
func (l *line) plan(f lineFault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, f)
}

// die loses all that travels from now on, until the line is mended.
func (l *line) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kill()
}

// kill is die with l.mu held.
func (l *line) kill() {
	if l.dead == nil {
		l.dead = make(chan struct{})
		close(l.died)
	}
}

// mend repairs the line.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		close(l.dead)
		l.dead, l.died = nil, make(chan struct{})
	}
}

// unused returns the faults that never struck, which are forgotten.
func (l *line) unused() (faults []lineFault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	faults, l.faults = l.faults, nil
	return faults
}

// struck is closed when the line dies.
func (l *line) struck() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.died
}

// set takes the line down or up, and has the terminal try again at once.
func (l *line) set(down bool) {
	l.mu.Lock()
	l.down = down
	l.mu.Unlock()
	if !down {
		l.timers.expire()
	}
}

// isDown reports whether the line is down.
func (l *line) isDown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down
}

// strike returns what goes wrong with a message; empty is nothing.
func (l *line) strike(packed []byte) (action string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil || l.down {
		return actionLose
	}
	i := slices.IndexFunc(l.faults, func(f lineFault) bool { return messageType(packed) == f.kind })
	if i < 0 {
		return ""
	}
	f := l.faults[i]
	l.faults = slices.Delete(l.faults, i, i+1)
	if f.action == actionLose {
		l.kill()
	}
	l.down = l.down || f.stay
	e := effects[f.action]
	l.timeline.Strike(f.kind, nameOfKind(f.kind)+" "+e.what, e.word)
	return f.action
}

// messageType returns the four digits that a message begins with, in ASCII, in EBCDIC
// or two to a byte.
func messageType(packed []byte) string {
	const digits = 4
	if len(packed) < digits {
		return ""
	}
	switch packed[0] >> 4 {
	case 0x3:
		return string(packed[:digits])
	case 0xF:
		return string([]byte{packed[0]&0x0F + '0', packed[1]&0x0F + '0', packed[2]&0x0F + '0', packed[3]&0x0F + '0'})
	}
	return fmt.Sprintf("%X", packed[:digits/2])
}

// nameOfKind names a message for people.
func nameOfKind(kind string) string {
	switch kind {
	case "1100":
		return "the request"
	case "1110":
		return "the answer"
	}
	return "the message " + kind
}

// lineConn is a connection over the line.
type lineConn struct {
	net.Conn
	line *line
	read bytes.Buffer  // what was read of a message and not handed out
	next chan struct{} // has a value once the terminal sent a message more
}

// Write sends a message, as message.Framing has it: whole.
func (c *lineConn) Write(b []byte) (int, error) {
	select {
	case c.next <- struct{}{}:
	default:
	}
	packed, err := message.FramingBinary.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	switch c.line.strike(packed) {
	case actionLose:
		_ = c.Close() // what was written counts as sent
		return len(b), nil
	case actionDouble:
		if _, err := c.Conn.Write(b); err != nil {
			return 0, err
		}
	case actionCorrupt:
		packed[0] ^= 0x40
		return len(b), message.FramingBinary.WriteMessage(c.Conn, packed)
	}
	return c.Conn.Write(b)
}

// Read hands out messages.
func (c *lineConn) Read(b []byte) (int, error) {
	if c.read.Len() == 0 {
		packed, err := message.FramingBinary.ReadMessage(c.Conn)
		if err != nil {
			return 0, err
		}
		if err := c.receive(packed); err != nil {
			return 0, err
		}
	}
	return c.read.Read(b)
}

// receive takes a message of the host in.
func (c *lineConn) receive(packed []byte) error {
	times := 1
	switch c.line.strike(packed) {
	case actionLose:
		_ = c.Close()
		return net.ErrClosed
	case actionDouble:
		times = 2
	case actionCorrupt:
		packed[0] ^= 0x40
	case actionDelay:
		select {
		case <-c.next: // the request itself
		default:
		}
		c.line.timers.expire()
		<-c.next
	}
	for range times {
		if err := message.FramingBinary.WriteMessage(&c.read, packed); err != nil {
			return err
		}
	}
	return nil
}

// Close hangs up.
func (c *lineConn) Close() error {
	select {
	case c.next <- struct{}{}:
	default:
	}
	return c.Conn.Close()
}
