package hardware

import (
	"context"
	"errors"
	"fmt"
)

// Card is a powered chip card: command APDUs in, response APDUs out, status word
// included. Transmit returns an error that wraps ErrCardRemoved where the card
// is gone or mute, and another error where the reader is broken; a status word is
// the card's answer and never an error. A Card is used by one goroutine at a
// time.
type Card interface {
	// ATR returns the answer to reset. ISO/IEC 7816-3.
	ATR() []byte
	Transmit(ctx context.Context, command []byte) (response []byte, err error)
	// PowerOff ends the session: what is volatile in the card is gone.
	PowerOff() error
}

// Chip is a card without power. PowerOn starts a session with a cold reset, and
// PowerOff of the Card that it returns ends it; there is one session at a time.
type Chip interface {
	PowerOn(p Presentation) (Card, error)
}

// Reader is a card reader.
type Reader interface {
	Name() string
	// WaitCard returns when a card is there, powered and reset (cold). Each call
	// starts a new session with the card and ends the one before.
	WaitCard(ctx context.Context) (Card, error)
	// WaitRemoval returns when no card is there.
	WaitRemoval(ctx context.Context) error
	// Close ends the session and every wait; they and all later ones return an
	// error that wraps ErrReaderClosed.
	Close() error
}

// ErrCardRemoved says that the card was pulled, is mute or lost its power in the
// middle of a session.
var ErrCardRemoved = errors.New("card removed")

// ErrReaderClosed says that the reader was closed.
var ErrReaderClosed = errors.New("reader closed")

// WarmResetter is a Card that can be reset without losing its power.
type WarmResetter interface {
	WarmReset(ctx context.Context) (atr []byte, err error)
}

// Presentation is the way in which a card is held to a reader.
type Presentation uint8

// The presentations.
const (
	Contact     Presentation = iota // inserted; the default
	Contactless                     // tapped
)

// String returns "contact" or "contactless".
func (p Presentation) String() string {
	switch p {
	case Contact:
		return "contact"
	case Contactless:
		return "contactless"
	}
	return fmt.Sprintf("Presentation(%d)", uint8(p))
}

// Presenter is a Card that knows how it is held to the reader.
type Presenter interface{ Presentation() Presentation }

// PresentationOf returns how a card is held to its reader: Contact where it does
// not say.
func PresentationOf(c Card) Presentation {
	if p, ok := c.(Presenter); ok {
		return p.Presentation()
	}
	return Contact
}

// PINVerifier is a Card in a reader with a PIN pad of its own. VerifyPIN has the
// cardholder enter a PIN there, puts it into the template of a VERIFY command
// and returns the card's answer; the PIN never leaves the reader.
type PINVerifier interface {
	VerifyPIN(ctx context.Context, template []byte) (response []byte, err error)
}

// PINModifier is a PINVerifier that can change a PIN too. ModifyPIN has the
// cardholder enter the old PIN and twice the new one, puts them into the template of
// a command with two blocks and returns the card's answer. EMV cards take a new PIN
// from their issuer alone; cards for other uses have such a command.
type PINModifier interface {
	ModifyPIN(ctx context.Context, template []byte) (response []byte, err error)
}
