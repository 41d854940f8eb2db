package story

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/issuer/message"
)

// line is the way from a terminal to the host, on which messages can be lost. It is
// dead then until it is mended.
type line struct {
	address  string
	timeline *timeline.Timeline
	timers   *timers // of the terminal
	dialect  *message.Dialect
	framing  message.Framing

	mu      sync.Mutex
	faults  []lineFault
	down    bool
	dead    chan struct{} // closed when the line is mended; nil where it is not dead
	died    chan struct{} // closed while the line is dead
	held    []byte        // a message that comes behind the next one
	late    chan struct{} // closed when the answer to such a message has come; nil where there was none
	awaited string        // the type of that answer
	failed  error         // of a fault that could not be carried out
	open    int           // connections
	damaged bool          // a message was, so that its answer may belong to no request
	sends   chan struct{} // closed when the terminal sends or hangs up; nil where nobody waits for that
	request []byte        // the last one
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	return &lineConn{Conn: conn, line: l}, nil
}

// closed notes that a connection was closed.
func (l *line) closed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
}

// detach has nobody dial until the function that it returns is called, with the address
// where the line leads from then on: another story may get that of before.
func (l *line) detach() (move func(address string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.dead
	l.kill()
	return func(address string) {
		l.mu.Lock()
		l.address = address
		l.mu.Unlock()
		if was == nil {
			l.mend()
		}
	}
}

// await waits until the terminal has seen that the host hung up.
func (l *line) await() error {
	for end := time.Now().Add(drainMax); time.Now().Before(end); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		open := l.open
		l.mu.Unlock()
		if open == 0 {
			return nil
		}
	}
	return errors.New("the terminal does not see that the host hung up")
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

// nextSend returns what is closed when the terminal sends its next message, or hangs
// up.
func (l *line) nextSend() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sends == nil {
		l.sends = make(chan struct{})
	}
	return l.sends
}

// sent tells who waits that the terminal sent a message, or hung up.
func (l *line) sent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sends != nil {
		close(l.sends)
		l.sends = nil
	}
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
