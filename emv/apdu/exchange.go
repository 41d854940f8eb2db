package apdu

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Transmitter carries one command APDU to a card and brings back its response
// APDU, status word included.
type Transmitter interface {
	Transmit(ctx context.Context, command []byte) (response []byte, err error)
}

// transmissionsMax is the number of APDUs that one command may take, GET
// RESPONSE and repetitions included. EMV answers have at most 256 bytes, so two
// or three are the rule; the rest is room for cards that hand over little at a
// time.
const transmissionsMax = 16

// ErrEndless is the error where a card is there and answers, but does not come to
// an end within the APDUs that Exchange grants it. It wraps emv.ErrMalformed.
var ErrEndless = fmt.Errorf("card does not come to an end: %w", emv.ErrMalformed)

// Exchange sends a command and returns the whole answer. Where the card says
// 61xx, it fetches xx bytes more with GET RESPONSE and joins the parts; where
// the card says 6Cxx, it sends the last APDU again with Le xx; data that came
// with 6Cxx comes again and is dropped. EMV Contact Interface Specification,
// 9.3.1. To a command without Le there is no other Le to ask for: 6Cxx is its
// status word, and a VERIFY or a script command is not carried out twice. The
// error is that of the transmitter, ErrEndless, or wraps emv.ErrMalformed where
// the answer is no APDU.
func Exchange(ctx context.Context, t Transmitter, c Command) (Response, error) {
	var data []byte
	for range transmissionsMax {
		r, err := transmit(ctx, t, c)
		if err != nil {
			return Response{}, err
		}
		if r.SW.SW1() == sw1WrongLe && c.Le > 0 {
			c.Le = decodeLe(r.SW.SW2())
			continue
		}
		data = append(data, r.Data...)
		if r.SW.SW1() != sw1BytesAvailable {
			return Response{Data: data, SW: r.SW}, nil
		}
		c = GetResponse(decodeLe(r.SW.SW2()))
	}
	return Response{}, fmt.Errorf("exchange %d APDUs: %w", transmissionsMax, ErrEndless)
}

// transmit sends one APDU.
func transmit(ctx context.Context, t Transmitter, c Command) (Response, error) {
	command, err := c.Encode()
	if err != nil {
		return Response{}, err
	}
	if c.Sensitive() {
		defer clear(command)
	}
	response, err := t.Transmit(ctx, command)
	if err != nil {
		return Response{}, fmt.Errorf("transmit %s: %w", c.Name(), err)
	}
	return ParseResponse(response)
}
