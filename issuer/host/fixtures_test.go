package host_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// patience bounds every wait of a test.
const patience = 10 * time.Second

var dialect = message.ISO93()

// authorizer returns the real one for an issuer.
func authorizer(t testing.TB, i *issuertest.Issuer) *authorization.Authorizer {
	t.Helper()
	a, err := authorization.New(authorization.Config{Store: i.Store, Module: i.Module, Dialect: dialect, Clock: i.Clock})
	require.NoError(t, err)
	return a
}

// running is a host on a TCP port.
type running struct {
	address string
	stop    context.CancelFunc
	ended   chan error
}

// start serves with an authorizer until the test ends.
func start(t testing.TB, a host.Authorizer, changes ...func(*host.Config)) *running {
	t.Helper()
	config := host.Config{Dialect: dialect, Authorizer: a}
	for _, change := range changes {
		change(&config)
	}
	h, err := host.New(config)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	r := &running{address: l.Addr().String(), stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- h.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); r.wait(t) })
	return r
}

// wait returns once Serve has, which must be without an error.
func (r *running) wait(t testing.TB) {
	t.Helper()
	select {
	case err := <-r.ended:
		require.NoError(t, err)
		r.ended <- nil
	case <-time.After(patience):
		require.Fail(t, "host does not end")
	}
}

// terminal is one connection to a host.
type terminal struct{ net.Conn }

func dial(t testing.TB, r *running) terminal {
	t.Helper()
	c, err := net.Dial("tcp", r.address)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = c.Close() })
	return terminal{c}
}

// send sends a message.
func (c terminal) send(t testing.TB, m message.Message) {
	t.Helper()
	b, err := dialect.Pack(m)
	require.NoError(t, err)
	require.NoError(t, message.FramingBinary.WriteMessage(c, b))
}

// receive returns the bytes of the next message.
func (c terminal) receive(t testing.TB) []byte {
	t.Helper()
	b, err := message.FramingBinary.ReadMessage(c)
	require.NoError(t, err)
	return b
}

// ask sends a request and returns the answer with its bytes.
func (c terminal) ask(t testing.TB, m message.Message) (message.Message, []byte) {
	t.Helper()
	c.send(t, m)
	b := c.receive(t)
	answer, err := dialect.Unpack(b)
	require.NoError(t, err)
	require.Equal(t, m.Kind().Response(), answer.Kind())
	require.Equal(t, m.Head().MatchKey(), answer.Head().MatchKey())
	return answer, b
}

// closed waits for the host to close the connection.
func (c terminal) closed(t testing.TB) {
	t.Helper()
	b, err := io.ReadAll(c)
	if err == nil {
		require.Empty(t, b)
		return
	}
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "host keeps the connection")
}

// network returns a network management request.
func network(i *issuertest.Issuer, f message.FunctionCode) *message.NetworkManagement {
	return &message.NetworkManagement{Header: i.Header(), FunctionCode: f}
}

// echo checks that a connection lives.
func (c terminal) echo(t testing.TB, i *issuertest.Issuer) {
	t.Helper()
	answer, _ := c.ask(t, network(i, message.EchoTest))
	require.Equal(t, message.ActionNetworkAccepted, answer.(*message.NetworkManagementResponse).ActionCode)
}

// world is an issuer in memory with a host.
func world(t testing.TB, changes ...func(*host.Config)) (*issuertest.Issuer, *running) {
	t.Helper()
	i := issuertest.NewIssuer(t, mem.New())
	return i, start(t, authorizer(t, i), changes...)
}

// authorizerFunc is an Authorizer.
type authorizerFunc func(ctx context.Context, m message.Message) ([]byte, error)

func (f authorizerFunc) Answer(ctx context.Context, m message.Message) ([]byte, error) {
	return f(ctx, m)
}
