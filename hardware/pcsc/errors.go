package pcsc

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/hardware"
)

// What can be wrong with the set-up; each says what to do.
var (
	ErrNotBuilt = errors.New("this till was built without PC/SC: install libpcsclite-dev, pkg-config and gcc and type `make build`, or build with -tags pcsc")
	ErrNoDaemon = errors.New("no PC/SC daemon is running: type `systemctl start pcscd.socket`, and install the package pcscd where that is unknown")
	ErrNoAccess = errors.New("the PC/SC daemon refuses this user: log in at the machine itself, or become a user whom its polkit rules let in")
	ErrNoReader = errors.New("no such reader: plug it in, and type `till readers` for the names of those that are there")
	ErrInUse    = errors.New("another program uses the reader: close it, such as a browser, gpg or a second till")
	ErrMute     = errors.New("the card does not answer its reset: turn it so that the chip goes in first and faces the contacts, or clean it")
	ErrProtocol = errors.New("reader and card have no protocol in common: use another reader")
)

// What the library says that is no fault.
var (
	errTimeout   = errors.New("time is up")
	errCancelled = errors.New("cancelled")
	errStale     = errors.New("the connection to the PC/SC daemon broke")
	errNoPad     = errors.New("the reader does not know this control code")
)

// errRemoved is any answer that means that the card is gone or was reset by others.
var errRemoved = hardware.ErrCardRemoved

// ended reports whether a session is over after this error, and the error that says
// so.
func ended(err error) (error, bool) {
	switch {
	case errors.Is(err, errRemoved):
		return err, true
	case errors.Is(err, errStale), errors.Is(err, errTimeout), errors.Is(err, ErrNoDaemon), errors.Is(err, ErrNoReader), errors.Is(err, ErrMute):
		return fmt.Errorf("%w: %w", errRemoved, err), true
	}
	return err, false
}
