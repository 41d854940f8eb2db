package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/go-kit/log/level"

	"github.com/f510b0cf/till/issuer/message"
)

// connection is one terminal, or a concentrator of many.
type connection struct {
	*Host
	number   uint64
	conn     net.Conn
	reader   *bufio.Reader
	first    time.Time // when the first message must begin, polls or not
	spoken   bool      // a message came
	signedOn bool
}

// ServeConn answers the messages of one connection, which it closes, until that ends
// or the context does.
func (h *Host) ServeConn(ctx context.Context, conn net.Conn) { h.serve(ctx, ctx, conn) }

// serve answers the messages of a connection until it ends, or accepting does.
// work ends when a message must not be worked on any longer.
func (h *Host) serve(accepting, work context.Context, conn net.Conn) {
	defer conn.Close()
	c := connection{Host: h, number: h.opened.Add(1), conn: conn, reader: bufio.NewReader(conn)}
	c.first = c.deadline(c.config.FirstTimeout)
	defer context.AfterFunc(accepting, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	defer context.AfterFunc(work, func() { _ = conn.Close() })()
	c.log("opened", nil)
	var err error
	for err == nil {
		err = c.next(accepting, work)
	}
	c.log("closed", err)
}

// errDrained says that the host takes no more messages.
var errDrained = errors.New("host takes no more messages")

// next reads one message and answers it, or echoes a poll.
func (c *connection) next(accepting, work context.Context) error {
	frame, err := c.read(accepting)
	if err != nil {
		return err
	}
	if frame.IsPoll() {
		return c.write(frame) // it says that the line is in use, and nothing else
	}
	c.spoken = true
	c.observe(frame.Message, false)
	answer, err := c.answer(work, frame.Message)
	if err != nil || answer == nil {
		return err
	}
	c.observe(answer, true) // before anyone can act upon it
	return c.write(frame.Reply(answer))
}

// read waits for a message as long as a connection may be idle, for the first one
// not as long, and for the rest of one that has begun as long as that may take.
func (c *connection) read(accepting context.Context) (message.Frame, error) {
	idle := c.deadline(c.config.IdleTimeout)
	if !c.spoken {
		idle = c.first
	}
	// TLS shakes hands within the first read, and writes while it does.
	if err := c.conn.SetDeadline(idle); err != nil {
		return message.Frame{}, err
	}
	if accepting.Err() != nil { // it ended before the deadline was moved
		return message.Frame{}, errDrained
	}
	if _, err := c.reader.Peek(1); err != nil {
		if accepting.Err() != nil {
			return message.Frame{}, errDrained
		}
		return message.Frame{}, err
	}
	if err := c.conn.SetReadDeadline(c.deadline(c.config.FrameTimeout)); err != nil {
		return message.Frame{}, err
	}
	return c.config.Framing.Read(c.reader)
}

// write sends an answer.
func (c *connection) write(answer message.Frame) error {
	if err := c.conn.SetWriteDeadline(c.deadline(c.config.WriteTimeout)); err != nil {
		return err
	}
	return c.config.Framing.Write(c.conn, answer)
}

// deadline is on the system's clock, the only one that sockets know.
func (c *connection) deadline(d time.Duration) time.Time { return time.Now().Add(d) }

func (c *connection) observe(b []byte, sent bool) {
	c.config.Observe(Event{Connection: c.number, Sent: sent, At: c.config.Clock.Now(), Message: b})
}

// log tells the operator of the connection. Its end by the other side is none of
// its faults.
func (c *connection) log(event string, err error) {
	pairs := []any{"event", fmt.Sprintf("connection %s", event), "connection", c.number}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		pairs = append(pairs, "reason", "time is over")
	case err != nil && !errors.Is(err, io.EOF):
		pairs = append(pairs, "reason", err)
	}
	_ = level.Debug(c.config.Logger).Log(pairs...)
}
