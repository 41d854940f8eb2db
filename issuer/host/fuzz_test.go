package host_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

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

// FuzzStream sends whole streams of bytes through host and authorizer: no panic, no
// more answers than frames, and a record that the store still takes.
func FuzzStream(f *testing.F) {
	i := issuertest.NewIssuer(f, mem.New())
	card := i.NewCard(f)
	i.Personalise(f, card, "1379")
	i.SetPIN(f, card, "4682")
	for _, m := range seeds(f, i, card) {
		b, err := dialect.Pack(m)
		require.NoError(f, err)
		var frame bytes.Buffer
		require.NoError(f, message.FramingBinary.WriteMessage(&frame, b))
		f.Add(frame.Bytes())
		f.Add(append(frame.Bytes(), frame.Bytes()...))
		f.Add(frame.Bytes()[:frame.Len()-3])
	}
	h, err := host.New(host.Config{Dialect: dialect, Authorizer: authorizer(f, i)})
	require.NoError(f, err)
	l := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l) }()
	f.Cleanup(func() { stop(); require.NoError(f, <-ended) })

	f.Fuzz(func(t *testing.T, stream []byte) {
		near, far := net.Pipe()
		l.connections <- far
		answers := make(chan int, 1)
		go func() { answers <- countFrames(near) }()
		_, _ = near.Write(stream) // the host may have closed it
		_ = near.Close()
		require.LessOrEqual(t, <-answers, wholeFrames(stream))
		require.NoError(t, recordError(i, card))
	})
}

// seeds are one message of each kind.
func seeds(t testing.TB, i *issuertest.Issuer, card *issuertest.Card) []message.Message {
	a := card.Begin(t, issuertest.Insertion{Amount: 1_00, Offline: "1379", Online: "1379"})
	response, err := authorizer(t, i).Answer(context.Background(), a.Request)
	require.NoError(t, err)
	m, err := dialect.Unpack(response)
	require.NoError(t, err)
	advice := a.Complete(t, m.(*message.AuthorizationResponse))
	next := card.Begin(t, issuertest.Insertion{Amount: 2_00, Offline: "4682"})
	return []message.Message{a.Request, m, advice, next.Request, card.Order(t, 3_00), card.Swipe(t, 4_00), card.Reversal(a.Request), network(i, message.SignOn)}
}

// countFrames reads answers until the connection ends.
func countFrames(r io.Reader) (n int) {
	for {
		if _, err := message.FramingBinary.ReadMessage(r); err != nil {
			return n
		}
		n++
	}
}

// wholeFrames counts the frames of a stream, of whatever length.
func wholeFrames(stream []byte) (n int) {
	for len(stream) >= 2 && len(stream)-2 >= int(binary.BigEndian.Uint16(stream)) {
		stream = stream[2+int(binary.BigEndian.Uint16(stream)):]
		n++
	}
	return n
}

func recordError(i *issuertest.Issuer, card *issuertest.Card) error {
	return i.Store.View(context.Background(), card.Ref, func(s store.Snapshot) error { return s.Card().Validate() })
}
