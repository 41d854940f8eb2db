package admission_test

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/admission"
)

// from is a connection from an address.
type from struct {
	net.Conn
	remote string
	closed bool
}

func (c *from) RemoteAddr() net.Addr { return c }
func (c *from) Network() string      { return "tcp" }
func (c *from) String() string       { return c.remote }
func (c *from) Close() error         { c.closed = true; return nil }

// caller hands connections over, one for each address, and then ends.
type caller struct {
	net.Listener
	waiting []*from
}

var errOver = errors.New("over")

func (c *caller) Accept() (net.Conn, error) {
	if len(c.waiting) == 0 {
		return nil, errOver
	}
	next := c.waiting[0]
	c.waiting = c.waiting[1:]
	return next, nil
}

func (c *caller) call(remotes ...string) (calls []*from) {
	for _, r := range remotes {
		calls = append(calls, &from{remote: r})
	}
	c.waiting = append(c.waiting, calls...)
	return calls
}

// TestBounds: a connection beyond a bound is closed and the next one taken; one that is
// closed, once or twice, gives one place back.
func TestBounds(t *testing.T) {
	c := new(caller)
	var told []admission.Refusal
	v := clock.NewVirtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	l := admission.Listen(c, admission.Bounds{Total: 4, PerAddress: 2}, v, func(r admission.Refusal) { told = append(told, r) })
	accept := func() net.Conn {
		t.Helper()
		conn, err := l.Accept()
		require.NoError(t, err)
		return conn
	}
	calls := c.call("192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "[::ffff:192.0.2.1]:4", "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1", "192.0.2.2:1")
	first := accept()
	accept()
	accept()
	accept()
	_, err := l.Accept()
	require.ErrorIs(t, err, errOver)
	var closed []bool
	for _, one := range calls {
		closed = append(closed, one.closed)
	}
	assert.Equal(t, []bool{false, false, true, true, false, false, true, true}, closed)
	assert.Equal(t, []admission.Refusal{{Reason: "too many from one address", Most: 2, Count: 1}}, told, "the others within a second")

	require.NoError(t, first.Close())
	require.NoError(t, first.Close())
	v.Advance(time.Second)
	again := c.call("192.0.2.1:5", "192.0.2.3:1")
	accept()
	_, err = l.Accept()
	require.ErrorIs(t, err, errOver)
	assert.Equal(t, []bool{false, true}, []bool{again[0].closed, again[1].closed})
	assert.Equal(t, admission.Refusal{Reason: "too many", Most: 4, Count: 4}, told[1])
}

// TestABenchOnLoopback: 256 terminals of one machine are within the defaults, and one
// machine does not take all places.
func TestABenchOnLoopback(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := admission.Listen(tcp, admission.Bounds{}, nil, nil)
	defer l.Close()
	var taken []net.Conn
	var lock sync.Mutex
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			lock.Lock()
			taken = append(taken, c)
			lock.Unlock()
		}
	}()
	for range 256 {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		defer c.Close()
	}
	require.Eventually(t, func() bool { lock.Lock(); defer lock.Unlock(); return len(taken) == 256 }, 10*time.Second, time.Millisecond)
	assert.Less(t, admission.PerAddressDefault, admission.TotalDefault)
}

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "", "": "",
	} {
		assert.Equal(t, want, admission.AddressOf(remote), remote)
	}
}
