package terminal

import (
	"context"

	"github.com/f510b0cf/till/terminal/kernel"
)

// NoHost is the way to the issuer of a terminal without a link: every request
// fails before it is sent, so that the terminal and the card decide by their
// action codes. EMV Book 3, 10.7.
type NoHost struct{}

// Authorize returns a kernel.UnableToGoOnlineError.
func (NoHost) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	return nil, &kernel.UnableToGoOnlineError{Cause: kernel.ErrNoOnline}
}
