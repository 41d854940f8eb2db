package link

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/task"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

// answerTo is a request and the header of its answer.
func answerTo(stan uint32) *message.NetworkManagement {
	now := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	return &message.NetworkManagement{FunctionCode: message.EchoTest, Header: message.Header{
		STAN: stan, Transmission: message.TransmissionDateTimeOf(now), Local: message.LocalDateTimeOf(now)}}
}

// pipe returns a connection that reads and the host's end of it.
func pipe(t testing.TB, v *clock.Virtual) (*connection, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	framing := message.FramingBinary
	c := Config{Clock: v, AnswerTimeout: time.Second, Dialect: message.ISO93(), Framing: &framing, Tasks: task.System{}}
	conn := newConnection(c, near)
	go conn.read()
	t.Cleanup(func() { conn.end(ErrClosed); _ = far.Close() })
	return conn, far
}

func TestDuplicateInFlightIsRefused(t *testing.T) {
	v := clock.NewVirtual(time.Unix(0, 0))
	conn, far := pipe(t, v)
	first := make(chan error, 1)
	go func() {
		_, err := conn.exchange(t.Context(), answerTo(1))
		first <- err
	}()
	_, err := message.FramingBinary.ReadMessage(far)
	require.NoError(t, err)
	_, err = conn.exchange(t.Context(), answerTo(1))
	require.ErrorIs(t, err, errInFlight)
	var f *failure
	require.True(t, errors.As(err, &f) && !f.sent)
	v.Advance(time.Second)
	require.ErrorIs(t, <-first, errNoAnswer)
	conn.end(errHungUp)
	_, err = conn.exchange(t.Context(), answerTo(1))
	require.ErrorIs(t, err, errHungUp)
}

// TestAnswerAsTheClockStrikes has answer and time-out come at once: either the
// answer is taken or it goes to the hook, never both and never neither.
func TestAnswerAsTheClockStrikes(t *testing.T) {
	for stan := uint32(1); stan <= 200; stan++ {
		v := clock.NewVirtual(time.Unix(0, 0))
		conn, far := pipe(t, v)
		strays := make(chan message.Message, 1)
		conn.unmatched = func(m message.Message) { strays <- m }
		done := make(chan error, 1)
		go func() {
			_, err := conn.exchange(t.Context(), answerTo(stan))
			done <- err
		}()
		_, err := message.FramingBinary.ReadMessage(far)
		require.NoError(t, err)
		request := answerTo(stan)
		answer := &message.NetworkManagementResponse{FunctionCode: message.EchoTest}
		answer.Header = request.Reply()
		b, err := conn.dialect.Pack(answer)
		require.NoError(t, err)
		go v.Advance(time.Second)
		require.NoError(t, message.FramingBinary.WriteMessage(far, b))
		if <-done != nil {
			<-strays
		}
		assert.Empty(t, strays)
	}
}

func FuzzAnswer(f *testing.F) {
	d := message.ISO93()
	probe := answerTo(7)
	for _, m := range []message.Message{
		&message.AuthorizationResponse{Header: probe.Header, ApprovalCode: "123456"},
		&message.NetworkManagementResponse{Acknowledgement: message.Acknowledgement{Header: probe.Header}},
	} {
		b, err := d.Pack(m)
		require.NoError(f, err)
		var frame bytes.Buffer
		require.NoError(f, message.FramingBinary.WriteMessage(&frame, b))
		f.Add(frame.Bytes())
	}
	f.Add([]byte{0xFF, 0xFF})
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		v := clock.NewVirtual(time.Unix(0, 0))
		conn, far := pipe(t, v)
		l := &Link{config: Config{BareARPC: true}}
		conn.unmatched = func(m message.Message) {
			if a, ok := m.(*message.AuthorizationResponse); ok {
				r, err := l.onlineResponse(a)
				require.True(t, err != nil || r.ARC != 0)
				kernelTakes(t, r)
			}
		}
		_ = far.SetDeadline(time.Now().Add(time.Second))
		_, _ = far.Write(stream)
		_ = far.Close()
		<-conn.ended
	})
}

// kernelTakes checks what the kernel counts on: every script with its tag.
func kernelTakes(t *testing.T, r *kernel.OnlineResponse) {
	t.Helper()
	if r == nil {
		return
	}
	for _, s := range r.Scripts {
		require.True(t, len(s) >= 2 && (s[0] == 0x71 || s[0] == 0x72))
	}
}
