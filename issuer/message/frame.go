package message

import (
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
)

// tpduBytes is the length of a TPDU: an identifier, then where a message goes to
// and where it comes from, two bytes each.
const tpduBytes = 5

// terminalTPDU is what a terminal of ours puts before a message: identifier 60 for
// transactions, to the host, from no address.
var terminalTPDU = [tpduBytes]byte{0x60, 0x00, 0x01, 0x00, 0x00}

// Frame is a message as it travels.
type Frame struct {
	// Message has no bytes where the frame is a poll, which says that the line is in
	// use.
	Message []byte
	// TPDU stands before the message, where the framing has one.
	TPDU [tpduBytes]byte
}

// NewFrame returns a frame of a terminal.
func NewFrame(message []byte) Frame { return Frame{Message: message, TPDU: terminalTPDU} }

// IsPoll reports whether the frame holds no message.
func (f Frame) IsPoll() bool { return len(f.Message) == 0 }

// Reply returns the frame of an answer: it goes where this one comes from.
func (f Frame) Reply(message []byte) Frame {
	t := f.TPDU
	return Frame{Message: message, TPDU: [tpduBytes]byte{t[0], t[3], t[4], t[1], t[2]}}
}

// Read reads one frame from a stream, its message newly allocated. It returns io.EOF
// where the stream ends between frames and io.ErrUnexpectedEOF where it ends within
// one. A length that is none, of nothing, or above BytesMax wraps emv.ErrMalformed
// and is found before anything is allocated; nothing behind it can be read. A
// length of zero is a poll where the framing has that.
func (f Framing) Read(r io.Reader) (Frame, error) {
	var room [4]byte
	head := room[:f.headBytes()]
	if n, err := io.ReadFull(r, head); err != nil {
		if n == 0 && err == io.EOF {
			return Frame{}, io.EOF
		}
		return Frame{}, fmt.Errorf("read length of message: %w", err)
	}
	length, err := f.parseLength(head)
	if err != nil {
		return Frame{}, fmt.Errorf("read length of message: %w", err)
	}
	if length == 0 && f.polls() {
		return Frame{}, nil
	}
	return f.readRest(r, length)
}

// readRest reads what stands behind the length.
func (f Framing) readRest(r io.Reader, length int) (frame Frame, err error) {
	before := f.Overhead() - f.headBytes()
	if length <= before || length > before+BytesMax {
		return Frame{}, fmt.Errorf("read length of message: %d bytes, want %d to %d: %w", length, before+1, before+BytesMax, emv.ErrMalformed)
	}
	frame.Message = make([]byte, length-before)
	for _, part := range [][]byte{frame.TPDU[:before], frame.Message} {
		if _, err := io.ReadFull(r, part); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return Frame{}, fmt.Errorf("read message: %w", err)
		}
	}
	return frame, nil
}

// Write writes a frame in one call of Write. A message has 1 to BytesMax bytes, or
// none where the framing has polls.
func (f Framing) Write(w io.Writer, frame Frame) error {
	n := len(frame.Message)
	if n > BytesMax || n == 0 && !f.polls() {
		return fmt.Errorf("write message: %d bytes, want 1 to %d", n, BytesMax)
	}
	b := make([]byte, 0, f.Overhead()+n)
	switch {
	case n == 0:
		b = append(b, make([]byte, f.headBytes())...)
	case f.tpdu:
		b = append(f.appendLength(b, tpduBytes+n), frame.TPDU[:]...)
	default:
		b = f.appendLength(b, n)
	}
	if _, err := w.Write(append(b, frame.Message...)); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}

// ReadMessage reads the next message, past polls and without its TPDU.
func (f Framing) ReadMessage(r io.Reader) ([]byte, error) {
	for {
		frame, err := f.Read(r)
		if err != nil || !frame.IsPoll() {
			return frame.Message, err
		}
	}
}

// WriteMessage writes a message as a terminal does.
func (f Framing) WriteMessage(w io.Writer, message []byte) error {
	if len(message) == 0 {
		return fmt.Errorf("write message: it is empty: %w", emv.ErrMalformed)
	}
	return f.Write(w, NewFrame(message))
}
