package issuercmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer"
)

// Backup makes a backup of an issuer.
type Backup struct {
	Data
	To string `required:"" placeholder:"FILE" help:"Backup file to make."`
}

// Help is the text of the help page.
func (*Backup) Help() string {
	return `Makes a backup of an issuer in one file: its sealed keys and its store, as last
committed. The issuer may run and goes on. The file has mode 0600, appears as a
whole or not at all, and is read back before it does. Whoever has it needs the
storage key to open anything in it: keep that apart from it.

Example:

  $ till issuer backup --data bank --to bank.backup | sed 's/[0-9]* bytes/SIZE/'
  bank.backup  backup of bank, SIZE
`
}

// saved is a backup that was made.
type saved struct {
	Backup string `json:"backup"`
	Bytes  int64  `json:"bytes"`
}

// Run makes the backup, through the running issuer where there is one.
func (c *Backup) Run(parent *Command, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	size, err := issuer.SaveBackup(c.To, func(w io.Writer) error { return c.write(ctx, w) })
	switch {
	case errors.Is(err, issuer.ErrNoBackup), errors.Is(err, issuer.ErrTornBackup):
		err = errors.New("it broke off: look at the issuer's log and try again")
	}
	if err != nil {
		return cli.Failed{Err: fmt.Errorf("make backup: %w", err)}
	}
	if parent.JSON {
		return writeJSON(streams, saved{c.To, size})
	}
	var table cli.Table
	table.Row(c.To, fmt.Sprintf("backup of %s, %d bytes", c.Data.Data, size))
	return table.Print(streams.Out)
}

// write writes the backup.
func (c *Backup) write(ctx context.Context, w io.Writer) error {
	err := doors.Operators(c.Data.Data).Backup(ctx, w)
	if errors.Is(err, doors.ErrNotRunning) {
		return issuer.Backup(ctx, c.Data.Data, w)
	}
	return err
}
