package host

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/message"
)

// Authorizer answers the messages that are about a card.
type Authorizer interface {
	// Answer returns the bytes of the answer, which is durable by then. Where it
	// returns an error the terminal gets no answer and has to reverse.
	Answer(ctx context.Context, m message.Message) ([]byte, error)
}

// Defaults of Config.
const (
	FirstTimeoutDefault = 30 * time.Second
	IdleTimeoutDefault  = 15 * time.Minute
	FrameTimeoutDefault = 10 * time.Second
	WriteTimeoutDefault = 10 * time.Second
	DrainTimeoutDefault = 10 * time.Second
)

// Config is what a Host is made of. Dialect and Authorizer are necessary; what
// else is zero has a default.
type Config struct {
	Dialect    *message.Dialect
	Framing    *message.Framing // nil is that of the dialect
	Authorizer Authorizer
	// MACKey authenticates the messages of the line, both ways; the zero Key does not.
	MACKey        secret.Key
	RequireSignOn bool // a connection signs on before it asks for anything but an echo

	Connections admission.Bounds // a further connection is closed at once

	FirstTimeout time.Duration // for the first message to begin; then the connection is closed
	IdleTimeout  time.Duration // between messages; likewise
	FrameTimeout time.Duration // for a message that has begun
	WriteTimeout time.Duration // for an answer
	DrainTimeout time.Duration // for messages that are worked on when Serve ends

	Clock   clock.Clock   // nil is the system's; deadlines on sockets are the system's in any case
	Logger  kitlog.Logger // nil is none
	Observe func(Event)   // nil is nobody; called by many goroutines
}

// Event is a message that travelled, for a timeline. Message holds secrets in
// clear; message.Dialect.Describe masks them. Who is told must not change it.
type Event struct {
	Connection uint64 // numbered from 1
	Sent       bool   // by the host, told before its first byte goes out; else received
	At         time.Time
	Message    []byte
}

// Host serves terminals. It is safe for concurrent use.
type Host struct {
	config Config
	opened atomic.Uint64 // connections
}

// New returns a Host.
func New(c Config) (*Host, error) {
	if c.Dialect == nil || c.Authorizer == nil {
		return nil, errors.New("make host: a dialect and an authorizer are needed")
	}
	if !c.MACKey.IsZero() {
		if err := c.Dialect.TakesMAC(); err != nil {
			return nil, fmt.Errorf("make host: %w", err)
		}
	}
	if c.Framing == nil {
		framing := c.Dialect.Framing()
		c.Framing = &framing
	}
	orDefault(&c.FirstTimeout, FirstTimeoutDefault)
	orDefault(&c.IdleTimeout, IdleTimeoutDefault)
	orDefault(&c.FrameTimeout, FrameTimeoutDefault)
	orDefault(&c.WriteTimeout, WriteTimeoutDefault)
	orDefault(&c.DrainTimeout, DrainTimeoutDefault)
	c.Clock = clock.Or(c.Clock)
	if c.Logger == nil {
		c.Logger = kitlog.NewNopLogger()
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	return &Host{config: c}, nil
}

func orDefault(v *time.Duration, otherwise time.Duration) {
	if *v <= 0 {
		*v = otherwise
	}
}
