package link_test

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// host answers messages as its script says.
type host struct {
	t       testing.TB
	dialect *message.Dialect
	got     chan message.Message // all that came, in order

	mu     sync.Mutex
	script func(m message.Message) message.Message // nil is no answer
	conns  []net.Conn
}

func newHost(t testing.TB, script func(message.Message) message.Message) *host {
	if script == nil {
		script = approve
	}
	return &host{t: t, dialect: message.ISO93(), got: make(chan message.Message, 1<<16), script: script}
}

// approve answers everything well.
func approve(m message.Message) message.Message {
	header := m.Head().Reply()
	acknowledge := func(code message.ActionCode) message.Acknowledgement {
		return message.Acknowledgement{Header: header, ActionCode: code}
	}
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		return &message.AuthorizationResponse{Header: header, ApprovalCode: "123456"}
	case *message.Advice:
		return &message.AdviceResponse{Acknowledgement: acknowledge(message.ActionAdviceAccepted)}
	case *message.Reversal:
		return &message.ReversalResponse{Acknowledgement: acknowledge(message.ActionReversalAccepted)}
	case *message.NetworkManagement:
		return &message.NetworkManagementResponse{Acknowledgement: acknowledge(message.ActionNetworkAccepted), FunctionCode: m.FunctionCode}
	}
	return nil
}

// silentTo does not answer messages of a kind.
func silentTo(k message.Kind) func(message.Message) message.Message {
	return func(m message.Message) message.Message {
		if m.Kind() == k {
			return nil
		}
		return approve(m)
	}
}

func (h *host) follow(script func(message.Message) message.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.script = script
}

// pipe dials the host without a network.
func (h *host) pipe(context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	go h.serve(far)
	return near, nil
}

// listen serves TCP and returns the address.
func (h *host) listen() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go h.serve(conn)
		}
	}()
	return listener.Addr().String()
}

func (h *host) serve(conn net.Conn) {
	defer conn.Close()
	h.mu.Lock()
	h.conns = append(h.conns, conn)
	h.mu.Unlock()
	for {
		b, err := message.FramingBinary.ReadMessage(conn)
		if err != nil {
			return
		}
		m, err := h.dialect.Unpack(b)
		if err != nil {
			h.t.Errorf("host: %v", err)
			return
		}
		h.mu.Lock()
		script := h.script
		h.mu.Unlock()
		h.got <- m
		if answer := script(m); answer != nil {
			h.send(conn, answer)
		}
	}
}

func (h *host) send(conn net.Conn, m message.Message) {
	b, err := h.dialect.Pack(m)
	if err != nil {
		h.t.Errorf("host: %v", err)
		return
	}
	_ = message.FramingBinary.WriteMessage(conn, b) // the link may have hung up
}

// last returns the newest connection.
func (h *host) last() net.Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns[len(h.conns)-1]
}

// next returns the next message that came.
func next[M message.Message](h *host) M {
	h.t.Helper()
	select {
	case m := <-h.got:
		typed, ok := m.(M)
		require.True(h.t, ok, "host got %s", m.Kind())
		return typed
	case <-time.After(patience):
		require.Fail(h.t, "host got nothing")
		panic("unreachable")
	}
}

// nothing checks that the host got nothing more.
func (h *host) nothing() {
	h.t.Helper()
	select {
	case m := <-h.got:
		require.Fail(h.t, "host got "+m.Kind().String())
	default:
	}
}

func storageKey(t testing.TB) secret.Key {
	t.Helper()
	key, err := secret.NewAES(bytes.Repeat([]byte{0xA5}, 32))
	require.NoError(t, err)
	return key
}

func openJournal(t testing.TB) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: storageKey(t)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func demo(t testing.TB) profile.Profile {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	return p
}

// newLink returns a link over pipes with a clock that stands at noon.
func newLink(t testing.TB, h *host, change func(*link.Config)) (*link.Link, *journal.Journal, *clock.Virtual) {
	t.Helper()
	v := clock.NewVirtual(noon)
	c := link.Config{Dial: h.pipe, Profile: demo(t), Clock: v, Rand: bytes.NewReader(make([]byte, 1<<16))}
	if change != nil {
		change(&c)
	}
	if c.Journal == nil {
		c.Journal = openJournal(t)
	}
	l, err := link.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l, c.Journal, v
}

// purchase is a request of the kernel.
func purchase(t testing.TB) *kernel.OnlineRequest {
	t.Helper()
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	track2, err := account.ParseTrack2([]byte("374245001741007=271220198765432100"))
	require.NoError(t, err)
	return &kernel.OnlineRequest{
		PAN: pan, SequenceNumber: 1, HasSequenceNumber: true, Track2: track2,
		Expiry:      emv.Date{Year: 2027, Month: time.December, Day: 31},
		Transaction: kernel.Transaction{Amount: 1234, Time: noon},
		CVMResults:  emv.NewCVMResults(emv.CVMRule{Code: 0x41, Condition: 3}, emv.CVMSuccessful),
		ChipData:    []byte{0x9F, 0x36, 0x02, 0x00, 0x07},
	}
}

// approved and failed are what the kernel makes of a transaction.
func approved(scripts ...emv.ScriptResult) *kernel.Result {
	return &kernel.Result{Outcome: kernel.ApprovedOnline, ScriptResults: scripts, Data: new(kernel.DataObjects)}
}

func reversed() *kernel.Result {
	return &kernel.Result{Outcome: kernel.CardRemoved, ReversalDue: true, Data: new(kernel.DataObjects)}
}

// owed returns the number of items in the journal.
func owed(t testing.TB, j *journal.Journal) (n int) {
	t.Helper()
	require.NoError(t, j.View(func(tx *journal.Tx) error {
		list, err := tx.Items()
		n = len(list)
		return err
	}))
	return n
}

// settled waits until nothing is owed any more.
func settled(t testing.TB, j *journal.Journal) {
	t.Helper()
	require.Eventually(t, func() bool { return owed(t, j) == 0 }, patience, time.Millisecond)
}

// unable checks the error of Authorize.
func unable(t testing.TB, err error, sent bool) {
	t.Helper()
	var u *kernel.UnableToGoOnlineError
	require.ErrorAs(t, err, &u)
	require.Equal(t, sent, u.Sent, "%v", u.Cause)
}

// authorize runs Authorize in the background.
func authorize(t testing.TB, l *link.Link) <-chan error {
	done := make(chan error, 1)
	r := purchase(t)
	go func() {
		_, err := l.Authorize(context.Background(), r)
		done <- err
	}()
	return done
}

// wait returns what Authorize came to.
func wait(t testing.TB, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		require.Fail(t, "Authorize does not return")
		return nil
	}
}

// originalOf returns what a message of 1993 says of another: not its time of sending.
func originalOf(m message.Message) message.OriginalData {
	o := message.Original(m)
	o.Transmission = message.TransmissionDateTime{}
	return o
}
