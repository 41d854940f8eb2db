package story

import (
	"bytes"
	"context"
	"net"
	"sync"

	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/issuer/message"
)

// line is the way from the terminal to the host, which can lose an answer. It is dead
// then until it is mended.
type line struct {
	address  string
	dialect  *message.Dialect
	timeline *timeline.Timeline

	mu   sync.Mutex
	lose bool          // the next answer to an authorisation request
	dead chan struct{} // closed when the line is mended; nil where it is not dead
}

// dial makes a connection, when the line is not dead.
func (l *line) dial(ctx context.Context) (net.Conn, error) {
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if dead != nil {
		select {
		case <-dead:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	return &lineConn{Conn: conn, line: l}, nil
}

// loseAnswer has the next answer lost.
func (l *line) loseAnswer() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = true
}

// mend repairs the line, and reports whether an answer that was to be lost never
// came.
func (l *line) mend() (unused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	unused, l.lose = l.lose, false
	if l.dead != nil {
		close(l.dead)
		l.dead = nil
	}
	return unused
}

// loses reports whether a message is lost on the line, which dies of it.
func (l *line) loses(packed []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lose {
		return false
	}
	m, err := l.dialect.Unpack(packed)
	if err != nil || m.Kind() != message.KindAuthorizationResponse {
		return false
	}
	l.lose, l.dead = false, make(chan struct{})
	l.timeline.Fault("the answer is lost, and the line is dead")
	return true
}

// lineConn is a connection over the line.
type lineConn struct {
	net.Conn
	line  *line
	frame bytes.Buffer // what was read of a message and not handed out
}

// Read hands out messages that are not lost.
func (c *lineConn) Read(b []byte) (int, error) {
	if c.frame.Len() == 0 {
		packed, err := message.FramingBinary.ReadMessage(c.Conn)
		if err != nil {
			return 0, err
		}
		if c.line.loses(packed) {
			_ = c.Conn.Close()
			return 0, net.ErrClosed
		}
		if err := message.FramingBinary.WriteMessage(&c.frame, packed); err != nil {
			return 0, err
		}
	}
	return c.frame.Read(b)
}
