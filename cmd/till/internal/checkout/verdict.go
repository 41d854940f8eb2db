package checkout

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
)

// verdict turns what became of the purchase into an error, nil where it is
// approved. The receipt has said what the outcome is; the error adds what broke
// off, and what to do about it.
func verdict(ctx context.Context, r *terminal.Receipt) error {
	cause := r.Result.Cause
	var unable *kernel.UnableToGoOnlineError
	switch {
	case errors.Is(context.Cause(ctx), cli.ErrInterrupted):
		return cli.ErrInterrupted
	case r.Result.Outcome.Successful():
		return nil
	case cause == nil, errors.Is(cause, kernel.ErrNoOnline):
		return cli.Failed{}
	case errors.As(cause, &unable):
		return cli.Failed{Err: advise(cause)}
	case errors.Is(cause, pinpad.ErrScriptEnded):
		cause = errors.New("a PIN was asked for and no entry was left: give a further line")
	case errors.Is(cause, keyboard.ErrNoTTY):
		cause = fmt.Errorf("%w: name a source of PINs with --pin-file or --pin-fd, or skip them with --bypass-pin", cause)
	}
	return cli.Failed{Err: cause}
}

// advise says what to do where the issuer could not be asked.
func advise(err error) error {
	var unable *kernel.UnableToGoOnlineError
	switch {
	case errors.Is(err, link.ErrNoPINKey):
		return errors.New("the terminal has no key for online PINs that goes with --dialect: load one with --terminal-key")
	case errors.As(err, &unable):
		return fmt.Errorf("%w: check that --host is the address for terminals, and that `till issuer serve` runs there", unable)
	}
	return err
}
