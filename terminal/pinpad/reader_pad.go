package pinpad

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/kernel"
)

// emptyBlock is a format 2 PIN block without digits, into which a reader puts
// those that are keyed in. PC/SC part 10 (from memory).
var emptyBlock = [8]byte{0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}

// What a reader answers where no VERIFY reached the card. PC/SC part 10 (from
// memory).
const (
	swEntryTimedOut  apdu.SW = 0x6400
	swEntryCancelled apdu.SW = 0x6401
)

var errNotEntered = errors.New("no PIN was keyed in")

// WithReaderPad returns a cardholder who keys a plaintext offline PIN into the
// reader's own PIN pad, where the card's reader has one, and does all else as h
// does. An offline PIN that is enciphered and an online PIN stay with h: the
// kernel has to see them.
func WithReaderPad(card hardware.Card, h kernel.Cardholder) kernel.Cardholder {
	if pad, ok := card.(hardware.PINVerifier); ok {
		return readerPad{h, pad}
	}
	return h
}

type readerPad struct {
	kernel.Cardholder
	pad hardware.PINVerifier
}

// PIN has the reader take the PIN and verify it with the card. An answer that is
// none is that of a PIN pad that does not work.
func (r readerPad) PIN(ctx context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	if p.Method != emv.CVMPlaintextPIN {
		return r.Cardholder.PIN(ctx, p)
	}
	template, err := apdu.VerifyPlaintext(emptyBlock[:]).Encode()
	if err != nil {
		return kernel.PINEntry{}, fmt.Errorf("verify PIN at the reader: %w", err)
	}
	answer, err := r.pad.VerifyPIN(ctx, template)
	if err != nil {
		return kernel.PINEntry{}, fmt.Errorf("verify PIN at the reader: %w", err)
	}
	response, err := apdu.ParseResponse(answer)
	if err != nil {
		return kernel.PadFailed(), nil
	}
	return entryOf(response.SW, p.Bypass)
}

// entryOf reads the status word of the reader or of the card behind it.
func entryOf(sw apdu.SW, bypass bool) (kernel.PINEntry, error) {
	switch {
	case sw != swEntryTimedOut && sw != swEntryCancelled:
		return kernel.VerifiedByReader(sw), nil
	case bypass:
		return kernel.Bypassed(), nil
	}
	return kernel.PINEntry{}, fmt.Errorf("verify PIN at the reader: %w", errNotEntered)
}
