package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// dialTimeout is how long a connection may take to come about.
const dialTimeout = 10 * time.Second

// errRefused says that the host does not accept a sign-on or an echo test.
var errRefused = errors.New("host does not accept it")

// dialer returns what makes connections to an address, under TLS where that is given.
func dialer(address string, config *tls.Config) func(context.Context) (net.Conn, error) {
	plain := new(net.Dialer)
	if config == nil {
		return func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, "tcp", address) }
	}
	protected := &tls.Dialer{NetDialer: plain, Config: config}
	return func(ctx context.Context) (net.Conn, error) { return protected.DialContext(ctx, "tcp", address) }
}

// connect returns the connection, a new one where there is none.
func (l *Link) connect(ctx context.Context) (*connection, error) {
	l.dialing.Lock()
	defer l.dialing.Unlock()
	if conn, err := l.connected(); conn != nil || err != nil {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	raw, err := l.config.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to host: %w", err)
	}
	conn := newConnection(l.config, raw)
	l.serve(conn)
	if l.config.SignOn {
		if err := l.manage(ctx, conn, message.SignOn); err != nil {
			conn.end(err)
			return nil, fmt.Errorf("sign on: %w", err)
		}
	}
	return conn, l.adopt(conn)
}

// connected returns the connection that is in use, nil where there is none.
func (l *Link) connected() (*connection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	if l.conn != nil && l.conn.over() {
		l.drop()
	}
	return l.conn, nil
}

// serve reads from a connection until it ends.
func (l *Link) serve(conn *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.end(ErrClosed)
		return
	}
	l.start(func() {
		conn.read()
		l.lost(conn)
	})
}

// adopt makes a connection the one that is used.
func (l *Link) adopt(conn *connection) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if conn.over() {
		return conn.cause
	}
	l.conn = conn
	if err := l.step(queue.Connected{}); err != nil {
		l.conn = nil
		conn.end(err)
		return err
	}
	l.log("connected")
	l.watch(conn, l.config.EchoInterval)
	return nil
}

// lost notes that a connection ended.
func (l *Link) lost(conn *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == conn {
		l.drop()
	}
}

// drop gives up the connection, which has ended. l.mu is held.
func (l *Link) drop() {
	l.log("connection lost", "err", l.conn.cause)
	l.conn = nil
	_ = l.step(queue.Lost{}) // it keeps nothing, so it does not fail
}

// watch has an echo test sent after a time without a request. l.mu is held.
func (l *Link) watch(conn *connection, after time.Duration) {
	if l.config.EchoInterval == 0 {
		return
	}
	l.config.Clock.AfterFunc(after, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.start(func() { l.echo(conn) })
	})
}

// echo tests a connection that was idle; one that does not answer is dead.
func (l *Link) echo(conn *connection) {
	if conn.over() {
		return
	}
	left := l.config.EchoInterval - conn.idle()
	if left <= 0 {
		if err := l.manage(l.ctx, conn, message.EchoTest); err != nil {
			conn.end(fmt.Errorf("echo test: %w", err))
			return
		}
		left = l.config.EchoInterval
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watch(conn, left)
}

// manage sends a network management request and wants it accepted.
func (l *Link) manage(ctx context.Context, conn *connection, function message.FunctionCode) error {
	request := &message.NetworkManagement{FunctionCode: function}
	err := l.config.Journal.Update(func(tx *journal.Tx) error {
		header, err := l.header(tx, l.config.Clock.Now())
		request.Header = header
		return err
	})
	if err != nil {
		return err
	}
	answer, err := conn.exchange(ctx, request)
	if err != nil {
		return err
	}
	if code := answer.(*message.NetworkManagementResponse).ActionCode; code != message.ActionNetworkAccepted {
		return fmt.Errorf("action code %v: %w", code, errRefused)
	}
	return nil
}
