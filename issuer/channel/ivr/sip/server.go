// Package sip brings calls by SIP over UDP to the phone line, with audio by RTP: it
// plays the announcements and takes the keys from telephone events (RFC 4733, payload
// type 101). It records nothing.
//
// # Caveats
//
// Neither SIP nor RTP is enciphered here: digits travel in clear between caller and
// issuer, so that the address belongs on the machine itself or behind a gateway.
package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emiago/diago"
	"github.com/emiago/diago/media"
	"github.com/emiago/sipgo"
	siplib "github.com/emiago/sipgo/sip"
	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/ivr"
)

// Config is what a server works with.
type Config struct {
	Line    *ivr.Line
	Address string // UDP address; port 0 is any
	// Users are who may call, with passwords of at least PasswordMin bytes; without any,
	// everybody may.
	Users map[string]secret.Value
	Clock clock.Clock   // nil is the system's
	Log   kitlog.Logger // nil is none
}

// Server answers calls.
type Server struct {
	config Config
	logins *logins // nil where everybody may call
	conn   net.PacketConn
	agent  *sipgo.UserAgent
	server *sipgo.Server
	ctx    context.Context // ends the calls
	stop   context.CancelFunc

	lock  sync.Mutex
	calls sync.WaitGroup // no more begin once ctx has ended
}

// silence switches off the logs of the SIP library, which it keeps for all of the
// process: at some levels they have messages and keys in them.
var silence = sync.OnceFunc(func() {
	siplib.SetDefaultLogger(slog.New(slog.DiscardHandler))
	media.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// Listen returns a server that listens.
func Listen(c Config) (*Server, error) {
	if c.Line == nil {
		return nil, errors.New("listen for calls: the server needs a line")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	for name, password := range c.Users {
		if name == "" || password.Len() < PasswordMin {
			return nil, fmt.Errorf("listen for calls: the password of caller %q has %d bytes, want at least %d", name, password.Len(), PasswordMin)
		}
	}
	c.Clock = clock.Or(c.Clock)
	silence()
	conn, err := net.ListenPacket("udp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for calls: %w", err)
	}
	s := &Server{config: c, conn: conn, logins: newLogins(c.Users)}
	if err := s.prepare(conn.LocalAddr().(*net.UDPAddr)); err != nil {
		return nil, fmt.Errorf("listen for calls: %w", errors.Join(err, conn.Close()))
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// prepare sets the library up for the address.
func (s *Server) prepare(at *net.UDPAddr) (err error) {
	quiet := slog.New(slog.DiscardHandler)
	if s.agent, err = sipgo.NewUA(sipgo.WithUserAgent("till")); err != nil {
		return err
	}
	if s.server, err = sipgo.NewServer(s.agent, sipgo.WithServerLogger(quiet)); err != nil {
		return err
	}
	calls := diago.NewDiago(s.agent, diago.WithLogger(quiet), diago.WithServer(s.server), diago.WithServerRequestMiddleware(s.guarded),
		diago.WithTransport(diago.Transport{Transport: "udp", BindHost: at.IP.String(), BindPort: at.Port}))
	calls.HandleFunc(s.answer)
	return nil
}

// guarded keeps a request that the library can not bear from ending the process.
func (s *Server) guarded(next sipgo.RequestHandler) sipgo.RequestHandler {
	return func(r *siplib.Request, tx siplib.ServerTransaction) {
		defer func() {
			if p := recover(); p != nil {
				_ = s.config.Log.Log("event", "panic", "by", "sip", "type", fmt.Sprintf("%T", p))
			}
		}()
		next(r, tx)
	}
}

// Address returns where the server listens.
func (s *Server) Address() string { return s.conn.LocalAddr().String() }

// How long calls have to end: each, and all of them.
const (
	hangUpTimeout = time.Second
	drainTimeout  = 2 * time.Second
)

// Serve answers calls until ctx ends, and then hangs up. It closes the server.
func (s *Server) Serve(ctx context.Context) error {
	ended := context.AfterFunc(ctx, func() { _ = s.Close() })
	err := s.server.ServeUDP(s.conn)
	if !ended() { // by Close
		return nil
	}
	return errors.Join(err, s.Close())
}

// begin counts a call; false once the server is to close.
func (s *Server) begin() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.calls.Add(1)
	return true
}

// Close hangs up and stops listening.
func (s *Server) Close() error {
	s.lock.Lock()
	s.stop()
	s.lock.Unlock()
	over := make(chan struct{})
	go func() {
		s.calls.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(drainTimeout):
	}
	err := s.conn.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, s.agent.Close())
}
