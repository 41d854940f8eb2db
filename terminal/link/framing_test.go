package link

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/task"
	"github.com/f510b0cf/till/issuer/message"
)

// framedPipe is pipe in another framing.
func framedPipe(t *testing.T, f message.Framing) (*connection, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	conn := newConnection(Config{Clock: clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)), AnswerTimeout: time.Second, Dialect: message.ISO93(), Framing: &f, Tasks: task.System{}}, near)
	go conn.read()
	t.Cleanup(func() { conn.end(ErrClosed); _ = far.Close() })
	require.NoError(t, far.SetDeadline(time.Now().Add(10*time.Second)))
	return conn, far
}

// TestExchangeInEachFraming: a request goes out in the framing, whose answer is found;
// polls of the host before it are echoed.
func TestExchangeInEachFraming(t *testing.T) {
	for _, name := range message.FramingNames() {
		t.Run(name, func(t *testing.T) {
			f, err := message.FramingNamed(name)
			require.NoError(t, err)
			conn, far := framedPipe(t, f)
			host := make(chan error, 1)
			go func() { host <- answerEcho(f, far) }()
			answer, err := conn.exchange(context.Background(), answerTo(1))
			require.NoError(t, err)
			assert.Equal(t, message.KindNetworkManagementResponse, answer.Kind())
			require.NoError(t, <-host)
		})
	}
}

// answerEcho is a host that polls, where that is known, before it answers.
func answerEcho(f message.Framing, far net.Conn) error {
	frame, err := f.Read(far)
	if err != nil {
		return err
	}
	m, err := message.ISO93().Unpack(frame.Message)
	if err != nil {
		return err
	}
	if f.Write(io.Discard, message.Frame{}) == nil {
		if err := f.Write(far, message.Frame{}); err != nil {
			return err
		}
		if _, err := f.Read(far); err != nil {
			return err
		}
	}
	b, err := message.ISO93().Pack(&message.NetworkManagementResponse{
		Acknowledgement: message.Acknowledgement{Header: m.Head().Reply(), ActionCode: message.ActionNetworkAccepted},
	})
	if err != nil {
		return err
	}
	return f.Write(far, frame.Reply(b))
}

// TestCutInEachFraming: a request is sent when the host took its last byte, and not
// before, whatever stands before it.
func TestCutInEachFraming(t *testing.T) {
	for _, name := range message.FramingNames() {
		t.Run(name, func(t *testing.T) {
			f, err := message.FramingNamed(name)
			require.NoError(t, err)
			packed, err := message.ISO93().Pack(answerTo(1))
			require.NoError(t, err)
			size := f.Overhead() + len(packed)
			for _, taken := range []int{0, 1, size - 1, size} {
				conn, far := framedPipe(t, f)
				go func() {
					_, _ = io.ReadFull(far, make([]byte, taken))
					_ = far.Close()
				}()
				_, err := conn.exchange(context.Background(), answerTo(1))
				var failed *failure
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, taken == size, failed.sent, taken)
			}
		})
	}
}
