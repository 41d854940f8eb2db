package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/task"
	"github.com/f510b0cf/till/issuer/message"
)

// Why no answer came.
var (
	errNoAnswer = errors.New("no answer in time")
	errInFlight = errors.New("a request with the same key awaits its answer")
	errHungUp   = errors.New("host hung up")
)

// failure says that an exchange gave no answer.
type failure struct {
	sent  bool // the request may have reached the host
	cause error
}

// Error says whether the request was sent, and the cause.
func (f *failure) Error() string {
	if f.sent {
		return "await answer: " + f.cause.Error()
	}
	return "send request: " + f.cause.Error()
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// answerKey is what an answer is found by. DE 7, 11, 32 and 41 tell requests
// apart, the kind of the answer what they ask.
type answerKey struct {
	kind message.Kind
	message.MatchKey
}

// outerMargin is by how many answer time-outs the deadlines of the socket are
// longer than those on the clock.
const outerMargin = 2

// connection is one connection to the host with the requests that are under way
// on it.
type connection struct {
	conn      net.Conn
	dialect   *message.Dialect
	framing   message.Framing
	clock     clock.Clock
	tasks     task.Tasks
	macKey    secret.Key
	timeout   time.Duration
	unmatched func(message.Message)

	writing sync.Mutex

	mu      sync.Mutex
	waiting map[answerKey]*reply
	cause   error // why it ended
	last    time.Time
	ended   chan struct{}
}

// reply is an answer that is awaited.
type reply struct {
	came    chan struct{} // closed when message is set
	message message.Message
}

func newConnection(c Config, conn net.Conn) *connection {
	return &connection{
		conn: conn, dialect: c.Dialect, framing: *c.Framing, clock: c.Clock, tasks: c.Tasks, macKey: c.MACKey, timeout: c.AnswerTimeout, unmatched: c.Unmatched,
		waiting: map[answerKey]*reply{}, last: c.Clock.Now(), ended: make(chan struct{}),
	}
}

// end hangs up. The first cause counts.
func (c *connection) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	close(c.ended)
	_ = c.conn.Close() // nobody can be told
}

// over reports whether the connection has ended, so that its cause is set.
func (c *connection) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// read takes messages to those who wait for them until the connection ends.
func (c *connection) read() {
	for {
		m, err := c.receive()
		if err != nil {
			c.end(err)
			return
		}
		if !c.deliver(m) && c.unmatched != nil {
			c.unmatched(m)
		}
	}
}

// receive reads one message, and echoes polls until it comes. After one that can not
// be read the connection is not used any more.
func (c *connection) receive() (message.Message, error) {
	for {
		frame, err := c.framing.Read(c.conn)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errHungUp, err)
		}
		if frame.IsPoll() {
			if err := c.write(frame); err != nil {
				return nil, err
			}
			continue
		}
		defer secret.Wipe(frame.Message)
		if !c.macKey.IsZero() {
			if err := c.dialect.CheckMAC(frame.Message, c.macKey); err != nil {
				return nil, fmt.Errorf("read answer: %w", err)
			}
		}
		return c.dialect.Unpack(frame.Message)
	}
}

// deliver hands a message to the request that waits for it.
func (c *connection) deliver(m message.Message) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := answerKey{m.Kind(), m.Head().MatchKey()}
	awaited, ok := c.waiting[key]
	if ok {
		delete(c.waiting, key)
		awaited.message = m
		close(awaited.came)
	}
	return ok
}

// exchange sends a request and waits for its answer. The error is a failure.
func (c *connection) exchange(ctx context.Context, request message.Message) (message.Message, error) {
	packed, err := c.pack(request)
	if err != nil {
		return nil, &failure{cause: err}
	}
	defer secret.Wipe(packed)
	key := answerKey{request.Kind().Response(), request.Head().MatchKey()}
	awaited, err := c.register(key)
	if err != nil {
		return nil, &failure{cause: err}
	}
	expired := make(chan struct{})
	timer := c.clock.AfterFunc(c.timeout, func() { close(expired) })
	defer timer.Stop()
	if err := c.write(message.NewFrame(packed)); err != nil {
		c.forget(key)
		c.end(err)
		return nil, err
	}
	return c.await(ctx, key, awaited, expired)
}

// pack returns the bytes of a request, with its code where the line has a key for it.
func (c *connection) pack(request message.Message) ([]byte, error) {
	packed, err := c.dialect.Pack(request)
	if err != nil || c.macKey.IsZero() {
		return packed, err
	}
	defer secret.Wipe(packed)
	return c.dialect.Authenticate(packed, c.macKey)
}

// register notes that an answer is awaited.
func (c *connection) register(key answerKey) (*reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return nil, c.cause
	}
	if _, ok := c.waiting[key]; ok {
		return nil, errInFlight
	}
	awaited := &reply{came: make(chan struct{})}
	c.waiting[key] = awaited
	c.last = c.clock.Now()
	_ = c.conn.SetReadDeadline(c.outerDeadline()) // only an outer net
	return awaited, nil
}

// forget ends the wait for an answer and reports whether it had not come.
func (c *connection) forget(key answerKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, waits := c.waiting[key]
	delete(c.waiting, key)
	if len(c.waiting) == 0 {
		_ = c.conn.SetReadDeadline(time.Time{})
	}
	return waits
}

func (c *connection) outerDeadline() time.Time { return time.Now().Add(outerMargin * c.timeout) }

// counter counts what a connection takes.
type counter struct {
	net.Conn
	written int
}

// Write counts the bytes written.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written += n
	return n, err
}

// write sends a message. A host that was not given the last byte has no message,
// so that nothing was sent.
func (c *connection) write(frame message.Frame) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(c.outerDeadline())
	w := counter{Conn: c.conn}
	if err := c.framing.Write(&w, frame); err != nil {
		return &failure{sent: w.written == c.framing.Overhead()+len(frame.Message), cause: err}
	}
	return nil
}

// await waits for the answer. One that came before the wait was over counts.
func (c *connection) await(ctx context.Context, key answerKey, awaited *reply, expired <-chan struct{}) (message.Message, error) {
	var cause error
	switch c.tasks.Await(awaited.came, expired, ctx.Done(), c.ended) {
	case 1:
		cause = errNoAnswer
	case 2:
		cause = ctx.Err()
	case 3:
		cause = c.cause
	}
	if !c.forget(key) {
		return awaited.message, nil
	}
	return nil, &failure{sent: true, cause: cause}
}

// idle returns for how long no request was sent.
func (c *connection) idle() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.Now().Sub(c.last)
}
