package pcsc

import (
	"time"

	"github.com/f510b0cf/till/emv/atr"
)

// library is a PC/SC library. Its calls block, and their errors are those of this
// package.
type library interface{ establish() (resources, error) }

// resources is a connection to the daemon. One call runs at a time, but for cancel.
type resources interface {
	readers() ([]string, error)
	// change returns when the state of a reader is another than the one known, or
	// errTimeout.
	change(reader string, known state, timeout time.Duration) (state, error)
	// connect reserves a reader and the card in it.
	connect(reader string) (link, error)
	// cancel ends a call to change with errCancelled.
	cancel() error
	release() error
}

// link is a card that is reserved.
type link interface {
	protocol() atr.Protocol
	atr() ([]byte, error)
	// reset resets the card: warm, or cold with a loss of power.
	reset(cold bool) error
	transmit(command []byte) ([]byte, error) // command is not empty
	control(code uint32, in []byte) ([]byte, error)
	disconnect() error // takes the power
}

// state is what the daemon knows of a reader.
type state struct {
	seen  uint32 // the library's own form, to be handed back
	there bool   // the reader
	card  bool
	mute  bool // the card does not answer its reset
	inUse bool // exclusively
	atr   []byte
}
