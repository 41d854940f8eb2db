package story

import (
	"bytes"
	"fmt"
	"net"
	"sync"

	"github.com/f510b0cf/till/bench/plan"
)

// lineConn is a connection over the line.
type lineConn struct {
	net.Conn
	line *line
	read bytes.Buffer // what was read of a message and not handed out
	cut  bool         // nothing comes behind that
	gone sync.Once
}

// Write sends a message, as message.Framing has it: whole.
func (c *lineConn) Write(b []byte) (int, error) {
	c.line.sent()
	packed, err := c.line.framing.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	f := c.line.strike(packed)
	switch f.action {
	case actionLose:
		_ = c.Close() // what was written counts as sent
		return len(b), nil
	case actionCut:
		_, _ = c.Conn.Write(b[:min(f.at, len(b))])
		_ = c.Close()
		return len(b), nil
	case actionReorder:
		c.line.hold(b, plan.TypeOf(packed))
		return len(b), nil
	case actionDouble:
		if _, err := c.Conn.Write(b); err != nil {
			return 0, err
		}
	case actionCorrupt:
		packed[f.at] ^= damage
		err := c.line.framing.WriteMessage(c.Conn, packed)
		return len(b), err
	}
	n, err := c.Conn.Write(b)
	if held := c.line.release(); err == nil && held != nil {
		_, err = c.Conn.Write(held)
	}
	return n, err
}

// damage is what a damaged byte is combined with by exclusive or: it makes no digit of
// a digit, in ASCII, EBCDIC or two to a byte.
const damage = 0x40

// Read hands out messages.
func (c *lineConn) Read(b []byte) (int, error) {
	if c.read.Len() == 0 {
		if c.cut {
			return 0, net.ErrClosed
		}
		packed, err := c.line.framing.ReadMessage(c.Conn)
		if err != nil {
			return 0, err
		}
		if err := c.receive(packed); err != nil {
			return 0, err
		}
	}
	return c.read.Read(b)
}

// receive takes a message of the host in.
func (c *lineConn) receive(packed []byte) error {
	times := 1
	c.line.came(packed)
	f := c.line.strike(packed)
	switch f.action {
	case actionLose:
		_ = c.Close()
		return net.ErrClosed
	case actionDouble:
		times = 2
	case actionCorrupt:
		packed[f.at] ^= damage
	case actionDelay:
		next := c.line.nextSend()
		c.line.timers.expire()
		<-next
	}
	if f.edit != nil {
		var err error
		if packed, err = c.line.edited(packed, f.edit); err != nil {
			c.line.fail(fmt.Errorf("%s: %w", f, err))
			return err
		}
	}
	for range times {
		if err := c.line.framing.WriteMessage(&c.read, packed); err != nil {
			return err
		}
	}
	if f.action == actionCut {
		c.read.Truncate(min(f.at, c.read.Len()))
		c.cut = true
		_ = c.Conn.Close()
		if c.read.Len() == 0 {
			return net.ErrClosed
		}
	}
	return nil
}

// Close hangs up.
func (c *lineConn) Close() error {
	c.line.sent()
	c.gone.Do(c.line.closed)
	return c.Conn.Close()
}
