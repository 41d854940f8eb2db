package cardcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// controlFlag says where the control socket of a card is.
type controlFlag struct {
	Socket string `placeholder:"FILE" help:"Control socket. Default: the name of the card file and .socket."`
}

func (c controlFlag) path(card string) string {
	if c.Socket != "" {
		return c.Socket
	}
	return card + ".socket"
}

// The orders that a control socket takes.
const (
	orderInsert    = "insert"
	orderPull      = "pull"
	orderPullAfter = "pull-after"
	orderStatus    = "status"
)

// order is one line to the control socket, as JSON.
type order struct {
	Do string `json:"do"`
	N  int    `json:"n,omitempty"` // commands, for pull-after
}

// reply is the line that comes back.
type reply struct {
	vpcd.Status
	Error string `json:"error,omitempty"`
}

// Bounds of a conversation.
const (
	controlMax    = 10 * time.Second
	insertMax     = 5 * time.Second // for the driver to see a card
	serveMax      = 2 * time.Second // for a command that is about to serve
	servePause    = 50 * time.Millisecond
	orderBytesMax = 1 << 10
	socketMode    = 0o600
)

// hand is who inserts and pulls the one card.
type hand struct {
	chip hardware.Chip
	port *vpcd.Port
}

// obey carries out an order.
func (h hand) obey(o order) reply {
	var err error
	switch o.Do {
	case orderInsert:
		err = h.insert()
	case orderPull:
		h.port.Pull()
	case orderPullAfter:
		err = h.port.PullAfter(o.N)
	case orderStatus:
	default:
		err = errors.New("the control socket does not know this order: use the same till at both ends")
	}
	r := reply{Status: h.port.Status()}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// insert inserts the card where it is out, and waits until the driver sees it.
func (h hand) insert() error {
	if h.port.Status().State == vpcd.Out {
		h.port.Insert(h.chip)
	}
	ctx, cancel := context.WithTimeout(context.Background(), insertMax)
	defer cancel()
	err := h.port.WaitIn(ctx)
	if text := h.port.Status().Problem; errors.Is(err, context.DeadlineExceeded) && text != "" {
		return errors.New(text)
	}
	return err
}

// control is a control socket.
type control struct {
	hand
	listener net.Listener
}

// listenControl opens a control socket. The caller has the card file to itself, so a
// socket that is there already is a left one.
func listenControl(path string, h hand) (*control, error) {
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("open control socket: %s: another command serves there: name another --socket", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(path)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w: name a short path in a folder of your own with --socket", err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("open control socket: %w", err), l.Close())
	}
	return &control{h, l}, nil
}

// serve answers one after the other until close.
func (c *control) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.answer(conn)
	}
}

// answer carries out the order of one connection.
func (c *control) answer(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(controlMax))
	var o order
	if json.NewDecoder(io.LimitReader(conn, orderBytesMax)).Decode(&o) != nil {
		return
	}
	_ = json.NewEncoder(conn).Encode(c.obey(o)) // whoever asked may be gone
}

// close removes the socket.
func (c *control) close() { _ = c.listener.Close() }

// ask sends an order to a control socket. An insertion waits a moment for a command
// that is about to serve.
func ask(path string, o order) (reply, error) {
	began := time.Now()
	conn, err := net.Dial("unix", path)
	for err != nil && o.Do == orderInsert && time.Since(began) < serveMax {
		time.Sleep(servePause)
		conn, err = net.Dial("unix", path)
	}
	if err != nil {
		return reply{}, fmt.Errorf("no card is served at %s: type `till card serve FILE` in another window", path)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(controlMax))
	var r reply
	if err := json.NewEncoder(conn).Encode(o); err == nil {
		err = json.NewDecoder(conn).Decode(&r)
		if err == nil {
			return r, nil
		}
	}
	return reply{}, fmt.Errorf("ask %s: no answer: the command that serves the card has ended", path)
}
