package apdu

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// swSize is the length in bytes of SW1 and SW2.
const swSize = 2

// Response is a response APDU: data, which may be empty, and status word. EMV
// Book 1, 11.1.
type Response struct {
	Data []byte
	SW   SW
}

// ParseResponse reads a response APDU. Its error wraps emv.ErrMalformed where
// there are fewer than 2 bytes: that is how readers show a card that was
// removed or is mute. The data shares the memory of b.
func ParseResponse(b []byte) (Response, error) {
	n := len(b) - swSize
	if n < 0 {
		return Response{}, fmt.Errorf("parse response: %d bytes, want at least %d: %w", len(b), swSize, emv.ErrMalformed)
	}
	return Response{Data: b[:n:n], SW: SW(b[n])<<8 | SW(b[n+1])}, nil
}

// Encode returns the data followed by SW1 and SW2.
func (r Response) Encode() []byte {
	b := make([]byte, 0, len(r.Data)+swSize)
	b = append(b, r.Data...)
	return append(b, r.SW.SW1(), r.SW.SW2())
}
