package vpcd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"time"
)

// The control bytes of the driver.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// answerBytesMin is the length of an answer with a status word alone.
const answerBytesMin = 2

var errMessageTooLong = errors.New("message does not fit its length field")

// wire is a connection with messages on it. They are received ahead, so that the end
// of the connection is noticed at any time.
type wire struct {
	conn     net.Conn
	messages chan []byte
	stop     chan struct{} // closed by hangUp
	hangUp   func()        // ends the connection, once
	ended    chan struct{} // closed where nothing more comes
}

// newWire takes over a connection.
func newWire(c net.Conn) *wire {
	w := &wire{conn: c, messages: make(chan []byte), stop: make(chan struct{}), ended: make(chan struct{})}
	w.hangUp = sync.OnceFunc(func() {
		close(w.stop)
		_ = c.Close()
	})
	go w.receiveAll()
	return w
}

// receiveAll passes on what comes until the connection ends.
func (w *wire) receiveAll() {
	defer close(w.ended)
	defer w.hangUp()
	in := bufio.NewReader(acknowledging{w.conn})
	for {
		body, err := receive(in)
		if err != nil {
			return
		}
		select {
		case w.messages <- body:
		case <-w.stop: // nobody wants it any more
			return
		}
	}
}

// next returns what comes next, or false at the end of the connection.
func (w *wire) next() ([]byte, bool) {
	select {
	case m := <-w.messages:
		return m, true
	case <-w.ended:
		return nil, false
	}
}

// close ends the connection and waits until it has.
func (w *wire) close() {
	w.hangUp()
	<-w.ended
}

// send writes a message at once: length and body in two writes would wait for each
// other's acknowledgement.
func (w *wire) send(body []byte) error {
	if len(body) > math.MaxUint16 {
		return errMessageTooLong
	}
	message := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(body)), uint16(len(body)))
	if err := w.conn.SetWriteDeadline(time.Now().Add(sendMax)); err != nil {
		return err
	}
	_, err := w.conn.Write(append(message, body...))
	return err
}

// receive reads a message.
func receive(in io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(in, body)
	return body, err
}

// acknowledging is a connection whose input is acknowledged at once.
type acknowledging struct{ net.Conn }

// Read reads what has come. The system forgets what it was asked for from time to
// time, so it is asked before every read.
func (a acknowledging) Read(b []byte) (int, error) {
	quickAck(a.Conn)
	return a.Conn.Read(b)
}
