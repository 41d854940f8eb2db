package cardcmd

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// served is a card that another command serves.
type served struct {
	Card string `arg:"" placeholder:"FILE" help:"Card file, as \"till card serve\" has it."`
	controlFlag
}

// order gives an order and tells what came of it.
func (s served) order(o order, parent *Command, streams cli.Streams) error {
	r, err := ask(s.path(s.Card), o)
	if err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		err = writeJSON(streams, r)
	} else if r.Error == "" {
		var table cli.Table
		table.Row(s.Card, place(r.Status)+counted(r.Status))
		err = table.Print(streams.Out)
	}
	if err == nil && r.Error != "" {
		err = cli.Failed{Err: errors.New(r.Error)}
	}
	return err
}

// counted says how many commands a card has answered, and how many it still will.
func counted(s vpcd.Status) string {
	text := ""
	if s.Commands > 0 {
		text = ", " + cli.Count(s.Commands, "command")
	}
	if s.PullAfter > 0 {
		text += fmt.Sprintf(", is pulled after %d more", s.PullAfter)
	}
	return text
}

// servedExample is how the examples have a card served in the background, where no
// driver waits, and end that.
const (
	servedExample = "till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; till card serve my.card --key k --address 127.0.0.1:1 >serving 2>&1 & until [ -S my.card.socket ]; do sleep 0.1; done; "
	servedEnd     = "; kill -INT $!; wait"
)

// Insert inserts a card.
type Insert struct{ served }

// Help is the text of the help page.
func (*Insert) Help() string {
	return `Inserts the card of a running "till card serve" into its virtual reader, and waits
until the driver sees it. A card that was pulled stays away for a second before,
since the daemon would not notice a shorter change.

Example, where no driver waits:

  $ ` + servedExample + `till card insert my.card` + servedEnd + `
  till: no driver waits at 127.0.0.1:1: start the PC/SC daemon with the vpcd driver, or name its address
`
}

// Run inserts the card.
func (c *Insert) Run(parent *Command, streams cli.Streams) error {
	return c.order(order{Do: orderInsert}, parent, streams)
}

// Pull pulls a card.
type Pull struct{ served }

// Help is the text of the help page.
func (*Pull) Help() string {
	return `Pulls the card of a running "till card serve" out of its virtual reader, in the
middle of a command too.

Example:

  $ ` + servedExample + `till card pull my.card` + servedEnd + `
  my.card  out: ` + "`till card insert`" + ` inserts it
`
}

// Run pulls the card.
func (c *Pull) Run(parent *Command, streams cli.Streams) error {
	return c.order(order{Do: orderPull}, parent, streams)
}

// PullAfter has a card pulled later.
type PullAfter struct {
	served
	Commands int `arg:"" placeholder:"N" help:"Number of commands that the card still answers; 0 pulls it at once."`
}

// Help is the text of the help page.
func (*PullAfter) Help() string {
	return `Has the card of a running "till card serve" pulled once it has answered N more
commands. "till card pull" and "till card insert" call that off.

Example:

  $ ` + servedExample + `till card pull-after my.card 7 --json` + servedEnd + `
  {"state":"waiting","commands":0,"pull_after":7,"problem":"no driver waits at 127.0.0.1:1: start the PC/SC daemon with the vpcd driver, or name its address"}
`
}

// Run says when.
func (c *PullAfter) Run(parent *Command, streams cli.Streams) error {
	if c.Commands < 0 {
		return errors.New("<commands>: want a whole number from 0 on")
	}
	return c.order(order{Do: orderPullAfter, N: c.Commands}, parent, streams)
}

// Where tells where a card is.
type Where struct{ served }

// Help is the text of the help page.
func (*Where) Help() string {
	return `Tells where the card of a running "till card serve" is, and how many commands it
has answered since it was inserted.

Example, where no driver waits:

  $ ` + servedExample + `till card status my.card` + servedEnd + `
  my.card  waiting: no driver waits at 127.0.0.1:1: start the PC/SC daemon with the vpcd driver, or name its address
`
}

// Run tells it.
func (c *Where) Run(parent *Command, streams cli.Streams) error {
	return c.order(order{Do: orderStatus}, parent, streams)
}
