package message

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
)

// frameHead is the length, in bytes, of the length before a message: big-endian,
// not counting itself.
const frameHead = 2

// ReadFrame reads one message from a stream: two bytes of length and as many
// bytes, which are newly allocated. It returns io.EOF where the stream ends
// between messages and io.ErrUnexpectedEOF where it ends within one. A length of
// zero or above BytesMax wraps emv.ErrMalformed and is found before anything is
// allocated; nothing behind it can be read.
func ReadFrame(r io.Reader) ([]byte, error) {
	var head [frameHead]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n == 0 && err == io.EOF {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read length of message: %w", err)
	}
	length := int(binary.BigEndian.Uint16(head[:]))
	if length == 0 || length > BytesMax {
		return nil, fmt.Errorf("read length of message: %d bytes, want 1 to %d: %w", length, BytesMax, emv.ErrMalformed)
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(r, b); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read message: %w", err)
	}
	return b, nil
}

// WriteFrame writes a message of 1 to BytesMax bytes with its length before it,
// in one call of Write.
func WriteFrame(w io.Writer, message []byte) error {
	if len(message) == 0 || len(message) > BytesMax {
		return fmt.Errorf("write message: %d bytes, want 1 to %d", len(message), BytesMax)
	}
	b := make([]byte, frameHead, frameHead+len(message))
	binary.BigEndian.PutUint16(b, uint16(len(message)))
	if _, err := w.Write(append(b, message...)); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}
