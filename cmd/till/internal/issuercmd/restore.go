package issuercmd

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
)

// Restore makes an issuer from a backup.
type Restore struct {
	Data
	From  string `required:"" placeholder:"FILE" help:"Backup file."`
	Store string `placeholder:"URL" help:"Empty PostgreSQL database that is to have the store, without a password in it: docs/scaling.md. Default: a file of the data directory."`

	KeySource
}

// Help is the text of the help page.
func (*Restore) Help() string {
	return `Makes the data directory of an issuer from a backup, where nothing stands yet, with
the storage key that the issuer had. What happened since the backup is lost, so
that no PIN from before it counts: each is to be set again by the card's holder.
Members log in anew. Cards that were blocked, reported lost or stolen, or closed
since the backup are none of that any more: do it again before it serves cards.

Example:

  $ till issuer restore --data bank-again --from bank.backup --key storage.key
  bank-again  issuer with 2 members and 2 cards, restored from bank.backup
  PINs        2 to be set again by their holders
`
}

// restored is what is told of an issuer that was restored.
type restored struct {
	Data string `json:"data"`
	issuer.Restored
}

// Run restores the issuer.
func (c *Restore) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	done, err := issuer.Restore(ctx, issuer.Restoration{Data: c.Data.Data, KEK: kek, From: c.From, Store: c.Store})
	if err != nil {
		return cli.Failed{Err: fmt.Errorf("restore issuer: %w", err)}
	}
	if parent.JSON {
		return writeJSON(streams, restored{c.Data.Data, done})
	}
	var table cli.Table
	table.Row(c.Data.Data, fmt.Sprintf("issuer with %s and %s, restored from %s", cli.Count(done.Members, "member"), cli.Count(done.Cards, "card"), c.From))
	table.Row("PINs", fmt.Sprintf("%d to be set again by their holders", done.Cards-done.Closed))
	if !done.Latest.IsZero() {
		table.Row("lost", "what happened after "+done.Latest.Format(time.RFC3339))
	}
	return table.Print(streams.Out)
}
