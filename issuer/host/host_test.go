package host_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/mem"
)

func TestNetworkManagement(t *testing.T) {
	i, r := world(t)
	c := dial(t, r)
	for function, action := range map[message.FunctionCode]message.ActionCode{
		message.EchoTest: message.ActionNetworkAccepted, message.SignOn: message.ActionNetworkAccepted,
		message.SignOff: message.ActionNetworkAccepted, message.KeyChange: message.ActionFunctionNotSupported,
	} {
		answer, _ := c.ask(t, network(i, function))
		response := answer.(*message.NetworkManagementResponse)
		assert.Equal(t, action, response.ActionCode)
		assert.Equal(t, function, response.FunctionCode)
	}
}

// TestSignOnRequired: before it and after sign-off a connection may echo, and is
// closed upon anything else.
func TestSignOnRequired(t *testing.T) {
	i, r := world(t, func(c *host.Config) { c.RequireSignOn = true })
	card := i.NewCard(t)
	c := dial(t, r)
	c.echo(t, i)
	c.ask(t, network(i, message.SignOn))
	answer, _ := c.ask(t, card.Order(t, 1_00))
	assert.Equal(t, message.ActionApproved, answer.(*message.AuthorizationResponse).ActionCode)
	c.ask(t, network(i, message.SignOff))
	c.send(t, card.Order(t, 1_00))
	c.closed(t)
	assert.Len(t, i.Record(t, card.Ref).Payments, 1)
}

// TestRepeatOverAnotherConnection: the stored answer, byte for byte.
func TestRepeatOverAnotherConnection(t *testing.T) {
	i, r := world(t)
	card := i.NewCard(t)
	i.SetPIN(t, card, "1379")
	request := card.Begin(t, issuertest.Insertion{Amount: 1_00, Online: "1379"}).Request
	answer, first := dial(t, r).ask(t, request)
	assert.Len(t, issuertest.Templates(t, answer.(*message.AuthorizationResponse)), 1)
	request.Repeat = true
	_, again := dial(t, r).ask(t, request)
	assert.Equal(t, first, again)
	assert.Len(t, i.Record(t, card.Ref).Payments, 1)
}

// Case 10: the host is killed after its commit, with the answer unsent, and before
// it. A host that is started on the same file answers the repeat.
func TestCase10KilledAroundTheCommit(t *testing.T) {
	for _, committed := range []bool{true, false} {
		t.Run(fmt.Sprint("committed ", committed), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "issuer.db")
			s, err := bolt.Open(path)
			require.NoError(t, err)
			i := issuertest.NewIssuer(t, s)
			card := i.NewCard(t)
			i.Personalise(t, card, "1379")
			i.SetPIN(t, card, "4682")
			a := card.Begin(t, issuertest.Insertion{Amount: 1_00, Offline: "1379"})
			unsent := killed(t, i, a.Request, committed)

			require.NoError(t, s.Close())
			i.Store, err = bolt.Open(path)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, i.Store.Close()) })
			before := i.Record(t, card.Ref)
			assert.Equal(t, committed, before.PIN.Phase() == pinlife.Sent)
			a.Request.Repeat = true
			answer, b := dial(t, start(t, authorizer(t, i))).ask(t, a.Request)
			if committed {
				assert.Equal(t, unsent, b)
				assert.Equal(t, before, i.Record(t, card.Ref), "no second attempt is counted")
			}
			a.Complete(t, answer.(*message.AuthorizationResponse))
			assert.True(t, card.PIN.Equal(issuertest.PIN(t, "4682")))
			assert.Len(t, i.Record(t, card.Ref).Payments, 1)
		})
	}
}

// killed sends a request to a host whose connection is cut around the commit, and
// returns the answer that was not sent.
func killed(t *testing.T, i *issuertest.Issuer, request message.Message, committed bool) (unsent []byte) {
	t.Helper()
	real, done := authorizer(t, i), make(chan struct{})
	var c terminal
	r := start(t, authorizerFunc(func(ctx context.Context, m message.Message) (b []byte, err error) {
		defer close(done)
		if committed {
			unsent, err = real.Answer(ctx, m)
		}
		return nil, errors.Join(err, c.Close(), errors.New("killed"))
	}))
	c = dial(t, r)
	c.send(t, request)
	<-done
	r.stop()
	r.wait(t)
	return unsent
}

// TestManyConnections: each message is decided once, whoever sends it.
func TestManyConnections(t *testing.T) {
	const connections, orders = 24, 12
	i, r := world(t)
	cards := []*issuertest.Card{i.NewCard(t), i.NewCard(t), i.NewCard(t)}
	var group sync.WaitGroup
	for n := range connections {
		c, card := dial(t, r), cards[n%len(cards)]
		group.Go(func() {
			for range orders {
				order := card.Order(t, 1_00)
				_, first := c.ask(t, order)
				order.Repeat = true
				_, again := c.ask(t, order)
				assert.Equal(t, first, again)
			}
		})
	}
	group.Wait()
	for _, card := range cards {
		assert.EqualValues(t, connections/len(cards)*orders*1_00, i.Record(t, card.Ref).Spent.Amount)
		assert.Len(t, i.Journal(t, card.Ref), connections/len(cards)*orders)
	}
}

// TestSameRequestAtOnce: one decision, and its bytes for everybody.
func TestSameRequestAtOnce(t *testing.T) {
	const connections = 16
	i, r := world(t)
	card := i.NewCard(t)
	order := card.Order(t, 1_00)
	packed, err := dialect.Pack(order)
	require.NoError(t, err)
	answers := make([][]byte, connections)
	var group sync.WaitGroup
	for n := range connections {
		c := dial(t, r)
		group.Go(func() {
			assert.NoError(t, message.FramingBinary.WriteMessage(c, packed))
			answers[n] = c.receive(t)
		})
	}
	group.Wait()
	for _, b := range answers {
		assert.Equal(t, answers[0], b)
	}
	assert.Len(t, i.Journal(t, card.Ref), 1)
}

// TestBadFrames close their own connection and no other.
func TestBadFrames(t *testing.T) {
	i, r := world(t)
	other := dial(t, r)
	answer, err := dialect.Pack(&message.NetworkManagementResponse{Acknowledgement: message.Acknowledgement{Header: i.Header()}})
	require.NoError(t, err)
	for name, b := range map[string][]byte{
		"length zero":        {0, 0},
		"length above limit": binary.BigEndian.AppendUint16(nil, message.BytesMax+1),
		"no message":         {0, 4, 'a', 'b', 'c', 'd'},
		"an answer":          append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, r)
			_, err := c.Write(b)
			require.NoError(t, err)
			c.closed(t)
			other.echo(t, i)
		})
	}
}

// TestUnreadableRequest is refused with 904, and the connection lives.
func TestUnreadableRequest(t *testing.T) {
	i, r := world(t)
	c := dial(t, r)
	b, err := dialect.Pack(i.NewCard(t).Order(t, 1_00))
	require.NoError(t, err)
	require.NoError(t, message.FramingBinary.WriteMessage(c, append(b, 0)))
	answer, err := dialect.Unpack(c.receive(t))
	require.NoError(t, err)
	assert.Equal(t, message.ActionFormatError, answer.(*message.AuthorizationResponse).ActionCode)
	c.echo(t, i)
}

// TestSegments: two messages in one segment, one message in many.
func TestSegments(t *testing.T) {
	i, r := world(t)
	c := dial(t, r)
	var both bytes.Buffer
	for range 2 {
		b, err := dialect.Pack(network(i, message.EchoTest))
		require.NoError(t, err)
		require.NoError(t, message.FramingBinary.WriteMessage(&both, b))
	}
	for _, x := range both.Bytes()[:5] {
		_, err := c.Write([]byte{x})
		require.NoError(t, err)
	}
	_, err := c.Write(both.Bytes()[5:])
	require.NoError(t, err)
	c.receive(t)
	c.receive(t)
}

// TestConnectionsMax: one too many is closed, and its place is free again once
// another goes.
func TestConnectionsMax(t *testing.T) {
	for name, b := range map[string]admission.Bounds{"in all": {Total: 2}, "of one address": {PerAddress: 2}} {
		t.Run(name, func(t *testing.T) { tooMany(t, b) })
	}
}

func tooMany(t *testing.T, b admission.Bounds) {
	i, r := world(t, func(c *host.Config) { c.Connections = b })
	first, second := dial(t, r), dial(t, r)
	first.echo(t, i)
	second.echo(t, i)
	dial(t, r).closed(t)
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		c := dial(t, r)
		b, err := dialect.Pack(network(i, message.EchoTest))
		require.NoError(t, err)
		_ = message.FramingBinary.WriteMessage(c, b)
		_, err = message.FramingBinary.ReadMessage(c)
		return err == nil
	}, patience, 10*time.Millisecond)
	second.echo(t, i)
}

// TestTimeouts: a connection that never speaks is closed, and an idle one, and one
// whose message does not come to its end.
func TestTimeouts(t *testing.T) {
	_, r := world(t, func(c *host.Config) { c.FirstTimeout = 20 * time.Millisecond })
	dial(t, r).closed(t)

	i, r := world(t, func(c *host.Config) { c.IdleTimeout = 20 * time.Millisecond })
	c := dial(t, r)
	c.echo(t, i)
	c.closed(t)

	_, r = world(t, func(c *host.Config) { c.FrameTimeout = 20 * time.Millisecond })
	c = dial(t, r)
	_, err := c.Write([]byte{0, 100, 1})
	require.NoError(t, err)
	c.closed(t)
}

// TestSpokenConnectionMayIdle: the time-out of the first message is none of a
// connection that has had one.
func TestSpokenConnectionMayIdle(t *testing.T) {
	const first = 50 * time.Millisecond
	i, r := world(t, func(c *host.Config) { c.FirstTimeout = first })
	c := dial(t, r)
	c.echo(t, i)
	for range 2 {
		time.Sleep(2 * first)
		c.echo(t, i)
	}
}

// TestNoAnswer: where the authorizer fails the terminal gets nothing, and may ask
// again on the same connection.
func TestNoAnswer(t *testing.T) {
	i, _ := world(t)
	real, failed := authorizer(t, i), false
	r := start(t, authorizerFunc(func(ctx context.Context, m message.Message) ([]byte, error) {
		if !failed {
			failed = true
			return nil, errors.New("store is broken")
		}
		return real.Answer(ctx, m)
	}))
	c := dial(t, r)
	order := i.NewCard(t).Order(t, 1_00)
	c.send(t, order)
	order.Repeat = true
	answer, _ := c.ask(t, order)
	assert.Equal(t, message.ActionApproved, answer.(*message.AuthorizationResponse).ActionCode)
}

// TestDrain: what is worked on is answered, idle connections are closed and no
// further one is taken.
func TestDrain(t *testing.T) {
	i, _ := world(t)
	real, begun, goOn := authorizer(t, i), make(chan struct{}), make(chan struct{})
	r := start(t, authorizerFunc(func(ctx context.Context, m message.Message) ([]byte, error) {
		close(begun)
		<-goOn
		return real.Answer(ctx, m)
	}))
	idle, busy := dial(t, r), dial(t, r)
	idle.echo(t, i)
	busy.send(t, i.NewCard(t).Order(t, 1_00))
	<-begun
	r.stop()
	idle.closed(t)
	require.Eventually(t, func() bool { _, err := net.Dial("tcp", r.address); return err != nil }, patience, time.Millisecond)
	close(goOn)
	answer, err := dialect.Unpack(busy.receive(t))
	require.NoError(t, err)
	assert.Equal(t, message.ActionApproved, answer.(*message.AuthorizationResponse).ActionCode)
	r.wait(t)
}

// TestDrainTimeout: work that does not end is cut off.
func TestDrainTimeout(t *testing.T) {
	i, _ := world(t)
	begun := make(chan struct{})
	r := start(t, authorizerFunc(func(ctx context.Context, _ message.Message) ([]byte, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}), func(c *host.Config) { c.DrainTimeout = 20 * time.Millisecond })
	c := dial(t, r)
	c.send(t, i.NewCard(t).Order(t, 1_00))
	<-begun
	r.stop()
	r.wait(t)
	c.closed(t)
}

// TestListenerThatFails ends the host with an error, in spite of patience.
func TestListenerThatFails(t *testing.T) {
	h, err := host.New(host.Config{Dialect: dialect, Authorizer: authorizerFunc(nil)})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, h.Serve(context.Background(), l), net.ErrClosed)
}

// TestObserveAndLog: the timeline sees every message, the log no account.
func TestObserveAndLog(t *testing.T) {
	var lock sync.Mutex
	var events []host.Event
	var log bytes.Buffer
	i, r := world(t, func(c *host.Config) {
		c.Logger = kitlog.NewLogfmtLogger(kitlog.NewSyncWriter(&log))
		c.Observe = func(e host.Event) {
			lock.Lock()
			defer lock.Unlock()
			events = append(events, e)
		}
	})
	card := i.NewCard(t)
	c := dial(t, r)
	_, answer := c.ask(t, card.Order(t, 1_00))
	b, err := dialect.Pack(card.Order(t, 1_00))
	require.NoError(t, err)
	require.NoError(t, message.FramingBinary.WriteMessage(c, append(b, 0)))
	c.receive(t)
	require.NoError(t, c.Close())
	r.stop()
	r.wait(t)

	lock.Lock()
	defer lock.Unlock()
	require.Len(t, events, 4)
	assert.Equal(t, []bool{false, true, false, true}, []bool{events[0].Sent, events[1].Sent, events[2].Sent, events[3].Sent})
	assert.Equal(t, answer, events[1].Message)
	assert.EqualValues(t, 1, events[0].Connection)
	card.PAN.Open(func(digits []byte) { assert.NotContains(t, log.String(), string(digits)) })
	assert.Contains(t, log.String(), "message refused")
	assert.Contains(t, log.String(), "connection closed")
}

func TestNewWantsItsParts(t *testing.T) {
	_, err := host.New(host.Config{})
	require.ErrorContains(t, err, "a dialect and an authorizer are needed")
}

// instantly is a clock on which nothing takes time.
type instantly struct{ clock.System }

func (instantly) AfterFunc(_ time.Duration, f func()) clock.Timer {
	return clock.System{}.AfterFunc(0, f)
}

// failingListener fails so often before it takes connections.
type failingListener struct {
	net.Listener
	failures int
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

// TestAcceptFails: a host outlives the failures of its listener, not its end.
func TestAcceptFails(t *testing.T) {
	i, _ := world(t)
	h, err := host.New(host.Config{Dialect: dialect, Authorizer: authorizer(t, i), Clock: instantly{}})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, &failingListener{l, 200}) }()
	dial(t, &running{address: l.Addr().String()}).echo(t, i)
	stop()
	require.NoError(t, <-ended)

	l, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, h.Serve(context.Background(), l), net.ErrClosed)
}

// TestServeConn answers on one connection, which it closes when its context ends.
func TestServeConn(t *testing.T) {
	i := issuertest.NewIssuer(t, mem.New())
	h, err := host.New(host.Config{Dialect: dialect, Authorizer: authorizer(t, i)})
	require.NoError(t, err)
	near, far := net.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.ServeConn(ctx, far)
	}()
	c := terminal{near}
	answer, _ := c.ask(t, network(i, message.EchoTest))
	assert.Equal(t, message.ActionNetworkAccepted, answer.(*message.NetworkManagementResponse).ActionCode)
	stop()
	<-ended
	_, err = near.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
}

// TestMAC: with a key, a message without a right code reaches nobody. A request is told
// so, in an answer without one: whoever has no key can not have an answer made that a
// terminal takes for authentic. Anything else ends its connection. The log says why and
// holds nothing of the message.
func TestMAC(t *testing.T) {
	key, err := secret.NewAES(make([]byte, 16))
	require.NoError(t, err)
	var log bytes.Buffer
	i := issuertest.NewIssuer(t, mem.New())
	asked := 0
	r := start(t, authorizerFunc(func(context.Context, message.Message) ([]byte, error) { asked++; return nil, errors.New("asked") }), func(c *host.Config) {
		c.MACKey, c.Logger = key, kitlog.NewLogfmtLogger(kitlog.NewSyncWriter(&log))
	})
	c := dial(t, r)
	packed, err := dialect.Pack(network(i, message.EchoTest))
	require.NoError(t, err)
	right, err := dialect.Authenticate(packed, key)
	require.NoError(t, err)
	wrong := bytes.Clone(right)
	wrong[len(wrong)-1] ^= 1
	for _, one := range []struct {
		sent []byte
		want message.ActionCode
	}{{right, message.ActionNetworkAccepted}, {wrong, message.ActionMACIncorrect}, {packed, message.ActionMACIncorrect}, {right, message.ActionNetworkAccepted}} {
		require.NoError(t, message.FramingBinary.WriteMessage(c, one.sent))
		b := c.receive(t)
		authentic := dialect.CheckMAC(b, key) == nil
		assert.Equal(t, one.want == message.ActionNetworkAccepted, authentic)
		answer, err := dialect.Unpack(b)
		require.NoError(t, err)
		assert.Equal(t, one.want, answer.(*message.NetworkManagementResponse).ActionCode)
	}
	order := i.NewCard(t).Order(t, 5_00)
	b, err := dialect.Pack(order)
	require.NoError(t, err)
	require.NoError(t, message.FramingBinary.WriteMessage(c, b))
	b = c.receive(t)
	require.ErrorIs(t, dialect.CheckMAC(b, key), message.ErrMAC)
	answer, err := dialect.Unpack(b)
	require.NoError(t, err)
	assert.Equal(t, message.ActionMACIncorrect, answer.(*message.AuthorizationResponse).ActionCode)
	assert.Zero(t, asked)
	require.NoError(t, message.FramingBinary.WriteMessage(c, []byte{0x11, 0x10}))
	c.closed(t)
	r.stop()
	r.wait(t)
	assert.Equal(t, 4, strings.Count(log.String(), `event="message refused" connection=1 reason="message authentication code is missing or wrong"`))
	order.PAN.Open(func(digits []byte) { assert.NotContains(t, log.String(), string(digits)) })
}

// TestMACWithoutAPlace: a dialect that has no place for a code is refused at once.
func TestMACWithoutAPlace(t *testing.T) {
	key, err := secret.NewAES(make([]byte, 16))
	require.NoError(t, err)
	d, err := message.Load(strings.NewReader("name: bank\nbase: iso93\nmessages:\n  - kind: network-management-request\n    mti: \"1804\"\n    mandatory: [7, 11, 12, 24]\n"))
	require.NoError(t, err)
	_, err = host.New(host.Config{Dialect: d, Authorizer: authorizerFunc(nil), MACKey: key})
	require.ErrorContains(t, err, "dialect bank has no DE 64 in 1804, for the message authentication code")
}
