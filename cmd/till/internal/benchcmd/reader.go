package benchcmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// atReader says which reader the terminals of scenarios have.
type atReader struct {
	Reader string `placeholder:"READER" help:"Play with a reader in place of the emulated one, one scenario at a time: pcsc:NAME."`
	VPCD   string `name:"vpcd" placeholder:"ADDRESS" help:"Offer the emulated cards to a virtual reader of the vpcd driver, which --reader names. Without it the cards in the reader are somebody's own."`
	reader.Consent
}

// check reports flags that do not go together.
func (a atReader) check(c *Run) error {
	switch {
	case a.Reader == "" && (a.VPCD != "" || a.UsePINOnCard != ""):
		return errors.New("--vpcd, --use-pin-on-card: name the reader with --reader pcsc:NAME")
	case a.Reader != "" && a.VPCD == "" && (c.Repeat > 1 || c.Until):
		return errors.New("--repeat, --until-failure: cards of somebody's own are not used again and again; --vpcd offers emulated ones")
	case a.Reader != "" && c.Jobs > 1:
		return errors.New("--jobs: a reader has one card at a time")
	}
	return nil
}

// open returns the reader in the two ways of which a scenario has one, and what ends
// its use.
func (a atReader) open(messages io.Writer) (socket func() (story.Socket, error), lab *story.Lab, done func(), err error) {
	if a.Reader == "" {
		return nil, nil, func() {}, nil
	}
	open := func() (*reader.Reader, error) { return reader.Open(reader.Config{Name: a.Reader, Messages: messages}) }
	if a.VPCD == "" {
		return nil, a.lab(open, messages), func() {}, nil
	}
	port, err := vpcd.New(vpcd.Config{Address: a.VPCD})
	if err != nil {
		return nil, nil, nil, cli.Failed{Err: err}
	}
	return func() (story.Socket, error) {
		r, err := open()
		return offered{r, port}, err
	}, nil, func() { _ = port.Close() }, nil
}

// lab is a reader into which people put cards.
func (a atReader) lab(open func() (*reader.Reader, error), messages io.Writer) *story.Lab {
	return &story.Lab{
		UsePINOnCard: string(a.UsePINOnCard),
		Open:         func() (hardware.Reader, error) { return open() },
		Removed: func(ctx context.Context, r hardware.Reader) error {
			fmt.Fprintf(messages, "till: remove the card from %s\n", r.Name())
			return r.WaitRemoval(ctx)
		},
	}
}

// offered is a virtual reader of the PC/SC daemon, with its hand.
type offered struct {
	*reader.Reader
	port *vpcd.Port
}

// Insert puts a card in.
func (o offered) Insert(chip hardware.Chip) { o.port.Insert(chip) }

// Pull takes it out.
func (o offered) Pull() { o.port.Pull() }

// Close waits until the daemon has seen the card go, so that it sees the next one.
func (o offered) Close() error {
	o.port.Pull()
	return errors.Join(o.WaitRemoval(context.Background()), o.Reader.Close(), o.port.WaitOff(context.Background()))
}
