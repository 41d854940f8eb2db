package admission

import (
	"net"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/clock"
)

// Defaults of Bounds.
const (
	TotalDefault      = 1024
	PerAddressDefault = 512
)

// Bounds say how many connections are open at most. What is zero has a default.
type Bounds struct {
	Total      int
	PerAddress int // of one IPv4 address or one IPv6 network (/64)
}

// Refusal tells of connections that were closed at once.
type Refusal struct {
	Reason string // which bound
	Most   int    // and what it is
	Count  int    // how many since the last one that was told
}

// tellEvery is how often refusals are told.
const tellEvery = time.Second

// Listen returns a listener that closes connections beyond the bounds, and goes on to
// the next one. refused is told of them, at most once in a second; nil is nobody.
func Listen(l net.Listener, b Bounds, c clock.Clock, refused func(Refusal)) net.Listener {
	if b.Total <= 0 {
		b.Total = TotalDefault
	}
	if b.PerAddress <= 0 {
		b.PerAddress = PerAddressDefault
	}
	if refused == nil {
		refused = func(Refusal) {}
	}
	return &listener{Listener: l, bounds: b, clock: clock.Or(c), refused: refused, open: map[string]int{}}
}

type listener struct {
	net.Listener
	bounds  Bounds
	clock   clock.Clock
	refused func(Refusal)

	lock   sync.Mutex
	total  int
	open   map[string]int // by address
	untold int
	told   time.Time
}

// Accept waits for a connection that there is room for.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := AddressOf(c.RemoteAddr().String())
		if reason, most := l.enter(address); reason != "" {
			_ = c.Close()
			l.tell(reason, most)
			continue
		}
		return &connection{Conn: c, leave: sync.OnceFunc(func() { l.leave(address) })}, nil
	}
}

// enter counts a connection, or says which bound it is beyond.
func (l *listener) enter(address string) (reason string, most int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	switch {
	case l.total >= l.bounds.Total:
		return "too many", l.bounds.Total
	case address != "" && l.open[address] >= l.bounds.PerAddress:
		return "too many from one address", l.bounds.PerAddress
	}
	l.total++
	if address != "" {
		l.open[address]++
	}
	return "", 0
}

func (l *listener) leave(address string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.total--
	if address == "" {
		return
	}
	if l.open[address]--; l.open[address] == 0 {
		delete(l.open, address)
	}
}

// tell tells of a refusal, or counts it for the next one that is told.
func (l *listener) tell(reason string, most int) {
	l.lock.Lock()
	l.untold++
	count, now := l.untold, l.clock.Now()
	due := l.told.IsZero() || now.Sub(l.told).Abs() >= tellEvery
	if due {
		l.untold, l.told = 0, now
	}
	l.lock.Unlock()
	if due {
		l.refused(Refusal{Reason: reason, Most: most, Count: count})
	}
}

// connection gives its place back when it is closed.
type connection struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *connection) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
