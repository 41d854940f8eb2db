package issuercmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
)

// Prune removes old lines of the journal.
type Prune struct {
	Data
	Before string `required:"" placeholder:"DAY" help:"Remove what is older than this day, such as 2026-01-31, UTC."`

	KeySource
}

// Help is the text of the help page.
func (*Prune) Help() string {
	return `Removes the lines of the journal that are older than a day, but for the newest
one. The issuer may run and goes on. What is left is proved from a checkpoint,
which is sealed: till issuer check verifies it. What was removed is in no later
backup: make one first.

Example:

  $ till issuer prune --data bank --key storage.key --before 2026-01-31
  bank  0 journal entries removed
`
}

// Run prunes the journal, through the running issuer where there is one.
func (c *Prune) Run(parent *Command, streams cli.Streams) error {
	before, err := time.Parse(time.DateOnly, c.Before)
	if err != nil {
		return errors.New("--before: want a day such as 2026-01-31")
	}
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	pruned, err := c.prune(ctx, kek, before)
	if err != nil {
		return cli.Failed{Err: fmt.Errorf("prune journal: %w", err)}
	}
	if parent.JSON {
		return writeJSON(streams, pruned)
	}
	var table cli.Table
	table.Row(c.Data.Data, fmt.Sprintf("%d journal entries removed", pruned.Entries))
	return table.Print(streams.Out)
}

func (c *Prune) prune(ctx context.Context, kek hsm.KEK, before time.Time) (pruned httpd.Pruned, err error) {
	path := "/v1/journal/prune?before=" + url.QueryEscape(before.Format(time.RFC3339))
	err = doors.Operators(c.Data.Data).Ask(ctx, http.MethodPost, path, &pruned)
	if errors.Is(err, doors.ErrNotRunning) {
		pruned.Entries, err = issuer.Prune(ctx, c.Data.Data, kek, before, time.Now())
	}
	return pruned, err
}
