package link

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/task"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
	"github.com/f510b0cf/till/terminal/profile"
)

// Config says where the host is and how to speak to it.
type Config struct {
	Address string // host and port of a TCP connection
	// Dial makes connections in place of TCP to Address.
	Dial    func(context.Context) (net.Conn, error)
	Journal *journal.Journal // the caller closes it, after the link
	Profile profile.Profile
	Dialect *message.Dialect // nil is message.ISO93
	Framing *message.Framing // nil is that of the dialect
	// TLS is how a connection to Address is protected; nil is not at all. The name in
	// the host's certificate is that of Address where TLS has none.
	TLS *tls.Config
	// MACKey authenticates the messages of the line, both ways; the zero Key does not.
	MACKey secret.Key
	Clock  clock.Clock // nil is the system's
	Tasks  task.Tasks  // nil is goroutines
	Rand   io.Reader   // for PIN blocks and the spread of waits; nil is the system's generator

	// AnswerTimeout is how long an answer is awaited; 0 is 20 seconds.
	AnswerTimeout time.Duration
	// EchoInterval is after how much silence an echo test is sent; 0 is never.
	EchoInterval time.Duration
	// SignOn has a sign-on sent first on every connection.
	SignOn bool
	// BareARPC says that the host sends the ARPC of method 1 alone as tag 91: the
	// response code is then put behind a value of 8 bytes. Leave it off where cards
	// use method 2, whose data may be 8 bytes long as well. EMV Book 2, 8.2.
	BareARPC bool

	// Unmatched is shown every message that no request waits for, late answers
	// among them. It must not block.
	Unmatched func(message.Message)
	// Logger takes events with keys and values, and never data of an account.
	Logger kitlog.Logger
}

// answerTimeoutDefault is how long an answer is awaited.
const answerTimeoutDefault = 20 * time.Second

// ErrClosed says that the link was closed.
var ErrClosed = errors.New("link is closed")

// Link is a terminal's way to its issuer. It is a kernel.Online and a
// terminal.Completer.
type Link struct {
	secret.Opaque
	config Config
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	serving sync.Mutex // held during Authorize and Completed
	current *transaction

	dialing sync.Mutex // held while a connection is made

	mu       sync.Mutex // guards what follows; may be held while the journal is written
	closed   bool
	conn     *connection // nil where there is none
	queue    queue.State
	messages map[uint64]message.Message // of the items of the queue, by sequence
	changed  chan struct{}              // closed and replaced when the queue changes
}

// New returns a link with what its journal holds, and begins to send what is due.
func New(c Config) (*Link, error) {
	if c.Journal == nil || c.Dial == nil && c.Address == "" {
		return nil, errors.New("set up link: Config wants a Journal, and an Address or Dial")
	}
	setDefaults(&c)
	if !c.MACKey.IsZero() {
		if err := c.Dialect.TakesMAC(); err != nil {
			return nil, fmt.Errorf("set up link: %w", err)
		}
	}
	l := &Link{config: c, messages: map[uint64]message.Message{}, changed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if err := l.restart(); err != nil {
		l.cancel()
		return nil, fmt.Errorf("set up link: %w", err)
	}
	return l, nil
}

func setDefaults(c *Config) {
	if c.Dial == nil {
		c.Dial = dialer(c.Address, c.TLS)
	}
	if c.Dialect == nil {
		c.Dialect = message.ISO93()
	}
	if c.Framing == nil {
		framing := c.Dialect.Framing()
		c.Framing = &framing
	}
	c.Clock, c.Tasks = clock.Or(c.Clock), task.Or(c.Tasks)
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.AnswerTimeout == 0 {
		c.AnswerTimeout = answerTimeoutDefault
	}
	if c.Logger == nil {
		c.Logger = kitlog.NewNopLogger()
	}
}

// Close waits until the request that is under way is answered or timed out, hangs
// up, and returns when nothing of the link runs any more. What is still due stays
// in the journal.
func (l *Link) Close() error {
	l.serving.Lock()
	defer l.serving.Unlock()
	l.mu.Lock()
	l.closed = true
	conn := l.conn
	l.mu.Unlock()
	l.cancel()
	if conn != nil {
		conn.end(ErrClosed)
	}
	l.tasks.Wait()
	return nil
}

// start runs what Close waits for. It does nothing where the link is
// closed. l.mu is held.
func (l *Link) start(run func()) {
	if !l.closed {
		l.tasks.Add(1)
		l.config.Tasks.Go(func() {
			defer l.tasks.Done()
			run()
		})
	}
}

// log writes an event.
func (l *Link) log(event string, pairs ...any) {
	_ = l.config.Logger.Log(append([]any{"event", event}, pairs...)...)
}
