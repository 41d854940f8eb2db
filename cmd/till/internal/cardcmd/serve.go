package cardcmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// Serve offers a card to a PC/SC daemon.
type Serve struct {
	Card    string `arg:"" placeholder:"FILE" help:"Card file."`
	Address string `default:"127.0.0.1:35963" placeholder:"HOST:PORT" help:"Where the vpcd driver waits for its card (${default}); its second slot is the port behind that."`
	Listen  bool   `help:"Wait at the address for a driver that dials, as one with DEVICENAME HOST:PORT does."`
	Out     bool   `help:"Begin with the card out: \"till card insert\" inserts it."`

	controlFlag
	cli.StorageKey
}

// Help is the text of the help page.
func (*Serve) Help() string {
	return `Puts an emulated card into a virtual reader of the PC/SC daemon, for any program of
this machine, until it is interrupted. The daemon needs the driver vpcd of the
package vsmartcard-vpcd. "till card pull", "insert", "pull-after" and "status" are
the hand at the reader, through a socket beside the card file. The protocol of the
driver knows no passwords: keep the address on this machine.

Example: a card that is offered for three seconds, where no driver waits.

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; timeout -s INT 3 till card serve my.card --key k --address 127.0.0.1:1
  my.card  offered at 127.0.0.1:1
  control  my.card.socket
  till: waiting: no driver waits at 127.0.0.1:1: start the PC/SC daemon with the vpcd driver, or name its address
`
}

// serving is what is told at the start.
type serving struct {
	Card    string `json:"card"`
	Address string `json:"address"`
	Control string `json:"control"`
}

// Run offers the card.
func (c *Serve) Run(parent *Command, streams cli.Streams) error {
	icc, closer, err := reader.OpenCard(c.Card, c.StorageKey)
	if err != nil {
		return err
	}
	port, err := vpcd.New(vpcd.Config{Address: c.Address, Listen: c.Listen})
	if err != nil {
		return errors.Join(fmt.Errorf("--address: %w", err), closer())
	}
	err = c.serve(parent, icc, port, streams)
	if err := errors.Join(err, port.Close(), closer()); err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}

// serve obeys the control socket until it is interrupted.
func (c *Serve) serve(parent *Command, icc *card.ICC, port *vpcd.Port, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	door, err := listenControl(c.path(c.Card), hand{icc, port})
	if err != nil {
		return err
	}
	defer door.close()
	if err := c.tell(parent, port, streams); err != nil {
		return err
	}
	if !c.Out {
		port.Insert(icc)
	}
	go door.serve()
	follow(ctx, port, streams)
	return nil
}

func (c *Serve) tell(parent *Command, port *vpcd.Port, streams cli.Streams) error {
	at := serving{Card: c.Card, Address: port.Address(), Control: c.path(c.Card)}
	if parent.JSON {
		return writeJSON(streams, at)
	}
	var table cli.Table
	how := "offered at "
	if c.Listen {
		how = "listens at "
	}
	table.Row(at.Card, how+at.Address)
	table.Row("control", at.Control)
	return table.Print(streams.Out)
}

// follow tells where the card is, each time that this changes, until ctx ends.
func follow(ctx context.Context, port *vpcd.Port, streams cli.Streams) {
	told := ""
	for {
		now := port.Status()
		text := place(now)
		if now.State == vpcd.Waiting && now.Problem == "" {
			text = told // it has only just been offered
		}
		if text != told {
			fmt.Fprintf(streams.Err, "till: %s\n", text)
			told = text
		}
		if port.WaitChange(ctx, now) != nil {
			return
		}
	}
}

// place says in words where a card is.
func place(s vpcd.Status) string {
	switch {
	case s.State == vpcd.Out:
		return "out: `till card insert` inserts it"
	case s.State == vpcd.In:
		return "in the reader"
	case s.Problem != "":
		return "waiting: " + s.Problem
	}
	return "waiting"
}
