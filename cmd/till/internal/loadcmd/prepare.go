package loadcmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Prepare makes an issuer for a load.
type Prepare struct {
	Data  string `required:"" placeholder:"DIR" help:"Data directory to make."`
	Fleet string `required:"" placeholder:"FILE" help:"File to write for --fleet of till load: the test keys of the cards, in clear."`
	Cards int    `default:"1000" placeholder:"N" help:"How many cards (${default})."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Prepare) Help() string {
	return `Makes the data directory of an issuer with active cards for a load. Its keys are drawn.
Run it with till issuer serve, and ask it with till load --host.

Example:

  $ till load prepare --data bank --fleet bank.load --cards 20 --key storage.key
  till: made the storage key storage.key: keep it, cards open with it alone
  bank       issuer with 20 cards
  bank.load  their test keys, for till load --host ADDRESS --fleet bank.load
`
}

// Run makes the issuer.
func (c *Prepare) Run(streams cli.Streams) error {
	if c.Cards < 1 || c.Cards > load.CardsMax {
		return fmt.Errorf("--cards: want 1 to %d", load.CardsMax)
	}
	for _, place := range []string{c.Data, c.Fleet} {
		if _, err := os.Lstat(place); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make %s: it is there already: name another place, or remove it", place)
		}
	}
	kek, err := c.Path()
	if err != nil {
		return err
	}
	if _, err := c.ReadOrMake(streams); err != nil {
		return err
	}
	file, err := cli.CreateOutFile("fleet", c.Fleet)
	if err != nil {
		return err
	}
	defer file.Discard()
	ctx, stop := cli.Interruptible()
	defer stop()
	fleet, err := load.Found(ctx, c.Data, kek, c.Cards)
	if err != nil {
		return cli.BrokenOff(ctx, err)
	}
	if err := file.Write(func(w io.Writer) error { return fleet.Write(w) }); err != nil {
		return cli.Failed{Err: err}
	}
	var table cli.Table
	table.Row(c.Data, "issuer with "+cli.Count(c.Cards, "card"))
	table.Row(c.Fleet, "their test keys, for till load --host ADDRESS --fleet "+c.Fleet)
	return table.Print(streams.Out)
}
