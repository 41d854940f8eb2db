package issuercmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// Check checks the data of an issuer.
type Check struct {
	Data   string `placeholder:"DIR" help:"Data directory of the issuer."`
	Backup string `placeholder:"FILE" help:"Backup to check, in place of a data directory."`

	KeySource
}

// Help is the text of the help page.
func (*Check) Help() string {
	return `Reads all that an issuer keeps, and changes nothing: the pages of the store, every
record and what they say of each other, the chains of the journal and their seals,
and that the keys open what is sealed. Of an issuer that runs, a backup of this
moment is checked, which needs as much room in the directory for temporary files.
Exit code 1 says that something is wrong.

Example:

  $ till issuer check --data bank --key storage.key
  bank   2 members, 2 cards, 0 journal entries
  seals  2 open
  wrong  nothing
`
}

// Run checks the data.
func (c *Check) Run(parent *Command, streams cli.Streams) error {
	if (c.Data == "") == (c.Backup == "") {
		return errors.New("name what is to be checked: --data DIR or --backup FILE")
	}
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	report, err := c.check(ctx, kek)
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

// check checks what is named.
func (c *Check) check(ctx context.Context, kek hsm.KEK) (issuer.Report, error) {
	if c.Backup != "" {
		return issuer.CheckBackup(ctx, c.Backup, kek)
	}
	report, err := issuer.Check(ctx, c.Data, kek)
	if !errors.Is(err, store.ErrInUse) {
		return report, err
	}
	snapshot, err := c.snapshot(ctx, kek)
	if errors.Is(err, doors.ErrNotRunning) {
		return report, fmt.Errorf("check %s: another process works on it: wait for it, and try again", c.Data)
	}
	return snapshot, err
}

// snapshot checks a backup of the running issuer.
func (c *Check) snapshot(ctx context.Context, kek hsm.KEK) (report issuer.Report, err error) {
	dir, err := os.MkdirTemp("", "till-check-*") // mode 0700
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "backup")
	if _, err := issuer.SaveBackup(path, func(w io.Writer) error { return doors.Operators(c.Data).Backup(ctx, w) }); err != nil {
		return report, fmt.Errorf("make backup of the running issuer: %w", err)
	}
	return issuer.CheckBackup(ctx, path, kek)
}

func (c *Check) print(streams cli.Streams, r issuer.Report) error {
	var table cli.Table
	table.Row(cmp.Or(c.Data, c.Backup), fmt.Sprintf("%s, %s, %d journal entries", cli.Count(r.Members, "member"), cli.Count(r.Cards, "card"), r.Entries))
	table.Row("seals", fmt.Sprintf("%d open", r.Seals))
	switch {
	case r.Sealed > 0:
		table.Row("journal", fmt.Sprintf("sealed up to entry %d", r.Sealed))
	case r.Entries > 0:
		table.Row("journal", "not sealed")
	}
	if r.Pruned > 0 {
		table.Row("pruned", fmt.Sprintf("up to entry %d", r.Pruned))
	}
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
