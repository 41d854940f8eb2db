package host_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// pipes is a listener whose connections are pipes in memory.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// spoken is a dialect in a framing, with a host that speaks it.
type spoken struct {
	dialect *message.Dialect
	framing message.Framing
	pipes   *pipes
}

// hosts serves an issuer in each dialect and each framing.
func hosts(f *testing.F, i *issuertest.Issuer) (all []spoken) {
	f.Helper()
	for n, name := range message.FramingNames() {
		framing, err := message.FramingNamed(name)
		require.NoError(f, err)
		d, err := message.Named(message.Names()[n%len(message.Names())])
		require.NoError(f, err)
		a, err := authorization.New(authorization.Config{Store: i.Store, Module: i.Module, Dialect: d, Clock: i.Clock})
		require.NoError(f, err)
		h, err := host.New(host.Config{Dialect: d, Framing: &framing, Authorizer: a})
		require.NoError(f, err)
		l := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- h.Serve(ctx, l) }()
		f.Cleanup(func() { stop(); require.NoError(f, <-ended) })
		all = append(all, spoken{d, framing, l})
	}
	return all
}

// FuzzStream sends whole streams of bytes through host and authorizer, in each dialect
// and framing: no panic, no more answers than frames, and a record that the store still
// takes.
func FuzzStream(f *testing.F) {
	i := issuertest.NewIssuer(f, mem.New())
	card := i.NewCard(f)
	i.Personalise(f, card, "1379")
	i.SetPIN(f, card, "4682")
	all := hosts(f, i)
	messages := seeds(f, i, card)
	for n, s := range all {
		for _, m := range messages {
			b, err := s.dialect.Pack(m)
			if err != nil {
				continue // what a dialect can not say
			}
			var frame bytes.Buffer
			require.NoError(f, s.framing.WriteMessage(&frame, b))
			f.Add(frame.Bytes(), byte(n))
			f.Add(append(frame.Bytes(), frame.Bytes()...), byte(n))
			f.Add(frame.Bytes()[:frame.Len()-3], byte(n))
		}
		f.Add([]byte{0, 0, 0, 0}, byte(n))
	}

	f.Fuzz(func(t *testing.T, stream []byte, which byte) {
		s := all[int(which)%len(all)]
		near, far := net.Pipe()
		s.pipes.connections <- far
		answers := make(chan int, 1)
		go func() { answers <- countFrames(s.framing, near) }()
		_, _ = near.Write(stream) // the host may have closed it
		_ = near.Close()
		require.LessOrEqual(t, <-answers, countFrames(s.framing, bytes.NewReader(stream)))
		require.NoError(t, recordError(i, card))
	})
}

// seeds are one message of each kind.
func seeds(t testing.TB, i *issuertest.Issuer, card *issuertest.Card) []message.Message {
	a := card.Begin(t, issuertest.Insertion{Amount: 1_00, Offline: "1379", Online: "1379"})
	a.Request.ICCData = withCID(a.Request.ICCData)
	response, err := authorizer(t, i).Answer(context.Background(), a.Request)
	require.NoError(t, err)
	m, err := dialect.Unpack(response)
	require.NoError(t, err)
	advice := a.Complete(t, m.(*message.AuthorizationResponse))
	next := card.Begin(t, issuertest.Insertion{Amount: 2_00, Offline: "4682"})
	return []message.Message{a.Request, m, advice, next.Request, card.Order(t, 3_00), card.Swipe(t, 4_00), card.Reversal(a.Request), network(i, message.SignOn)}
}

// withCID adds what a message of agns93 has and the cards here leave out.
func withCID(icc secret.Value) (with secret.Value) {
	icc.Open(func(b []byte) { with = secret.New(tlv.Append(bytes.Clone(b), 0x9F27, []byte{0x80})) })
	return with
}

// countFrames reads frames until there are no more.
func countFrames(f message.Framing, r io.Reader) (n int) {
	for {
		if _, err := f.Read(r); err != nil {
			return n
		}
		n++
	}
}

func recordError(i *issuertest.Issuer, card *issuertest.Card) error {
	return i.Store.View(context.Background(), card.Ref, func(s store.Snapshot) error { return s.Card().Validate() })
}
