package issuercmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer/httpd"
)

// Status says how a running issuer is.
type Status struct {
	Data
	Wait time.Duration `placeholder:"TIME" help:"Wait that long for the issuer to be there."`
}

// Help is the text of the help page.
func (*Status) Help() string {
	return `Asks a running issuer of this machine where it listens, how many members and
cards it has, how far its journal is sealed, and whether an operator has to look after a PIN.

Example: there is none.

  $ till issuer status --data bank
  till: no issuer runs on bank: start it with ` + "`till issuer serve --data bank`" + `
`
}

// Run asks the issuer through its socket.
func (c *Status) Run(parent *Command, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	overview, err := c.ask(ctx)
	if err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		return writeJSON(streams, overview)
	}
	return printOverview(streams, overview)
}

// waitStep is the pause between two attempts.
const waitStep = 50 * time.Millisecond

// ask asks until the issuer is there or the time is up.
func (c *Status) ask(ctx context.Context) (httpd.Overview, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	for {
		overview, err := doors.Operators(c.Data.Data).Overview(context.WithoutCancel(ctx))
		if err == nil || ctx.Err() != nil {
			return overview, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(waitStep):
		}
	}
}

func printOverview(streams cli.Streams, o httpd.Overview) error {
	var table cli.Table
	table.Row("running", "since "+o.Started.Local().Format(time.DateTime))
	table.Row("members", o.HTTP, strconv.Itoa(o.Members))
	table.Row("terminals", o.Host)
	table.Row("cards", fmt.Sprintf("%d, %d active", o.Cards, o.Active))
	table.Row("PINs", fmt.Sprintf("%d on their way, %d held for an operator", o.Waiting, o.Held))
	table.Row("journal", fmt.Sprintf("%d entries, sealed up to entry %d", o.Entries, o.Sealed))
	if o.Metrics != "" {
		table.Row("metrics", o.Metrics)
	}
	if o.Held > 0 {
		table.Row("alarm", fmt.Sprintf("%d held: look at the card's journal, then `till issuer card retry`", o.Held))
	}
	if o.Unsure > 0 {
		table.Row("alarm", fmt.Sprintf("%d to be set again: the issuer was restored from a backup", o.Unsure))
	}
	return table.Print(streams.Out)
}
