package issuercmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
)

// Check checks the data of an issuer.
type Check struct {
	Data

	cli.StorageKey
}

// Help is the text of the help page.
func (*Check) Help() string {
	return `Reads all of a data directory whose issuer does not run, and changes nothing: the
pages of the store, every record and what they say of each other, and that the
keys open what is sealed. Exit code 1 says that something is wrong.

Example:

  $ till issuer check --data bank --key storage.key
  bank   2 members, 2 cards, 0 journal entries
  seals  2 open
  wrong  nothing
`
}

// Run checks the data.
func (c *Check) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.Path()
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	report, err := issuer.Check(ctx, c.Data.Data, kek)
	if err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		err = writeJSON(streams, report)
	} else {
		err = c.print(streams, report)
	}
	if err == nil && len(report.Findings) > 0 {
		return cli.Failed{}
	}
	return err
}

func (c *Check) print(streams cli.Streams, r issuer.Report) error {
	var table cli.Table
	table.Row(c.Data.Data, fmt.Sprintf("%s, %s, %d journal entries", cli.Count(r.Members, "member"), cli.Count(r.Cards, "card"), r.Entries))
	table.Row("seals", fmt.Sprintf("%d open", r.Seals))
	if r.Unsure > 0 {
		table.Row("PINs", fmt.Sprintf("%d to be set again, after a restore", r.Unsure))
	}
	for _, finding := range r.Findings {
		table.Row("wrong", finding)
	}
	if len(r.Findings) == 0 {
		table.Row("wrong", "nothing")
	}
	return table.Print(streams.Out)
}
