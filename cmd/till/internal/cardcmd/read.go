package cardcmd

import (
	"context"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/terminal/inspect"
	"github.com/f510b0cf/till/terminal/profile"
)

// Read says what a card in a reader shows to any terminal.
type Read struct {
	Reader string `required:"" placeholder:"image:FILE" help:"Reader and card: image:FILE puts an emulated card into a slot, pcsc:NAME is a PC/SC reader, as \"till readers\" lists it."`
	Tap    bool   `help:"Hold the card to the contactless side."`

	tracefile.Flags
	cli.StorageKey
}

// Help is the text of the help page.
func (*Read) Help() string {
	return `Looks at a card as a terminal does, without a transaction: its directory, its
applications, their records, and what they give upon GET DATA. No PIN is verified
and no cryptogram is asked for. Account numbers are masked. GET PROCESSING OPTIONS
is sent, which counts as a transaction on a real card; an emulated one is read
from a copy, and its file stays as it is.

Example:

  $ till card issue --profile amex --seed 1 --out my.card --key k >issued 2>&1; \
      till card read --reader image:my.card --key k | grep -v '^   '
  image:my.card         contact, ATR 3B64000074696C6C
  directory             1PAY.SYS.DDF01: 9000 success
    SFI 1, record 1
  application           A000000025010801: 9000 success
    processing options  9000 success, AIP 3C00, AFL 080102011001020018010200
    SFI 1, record 1
    SFI 1, record 2
    SFI 2, record 1
    SFI 2, record 2
    SFI 3, record 1
    SFI 3, record 2
    GET DATA
`
}

// Run reads the card.
func (c *Read) Run(parent *Command, streams cli.Streams) error {
	r, err := reader.Open(reader.Config{Name: c.Reader, Tap: c.Tap, Copy: true, Key: c.StorageKey, Messages: streams.Err})
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, stop := cli.Interruptible()
	defer stop()
	file, err := c.Create()
	if err != nil {
		return err
	}
	defer file.Discard()
	recorder := trace.NewRecorder(nil)
	card, err := recorder.Reader(r).WaitCard(ctx)
	if err != nil {
		return cli.BrokenOff(ctx, err)
	}
	result, err := look(ctx, card)
	_ = card.PowerOff() // nothing more is wanted of it
	if err != nil {
		return cli.BrokenOff(ctx, err)
	}
	if err := file.Write(recorder.Recording(), streams); err != nil {
		return err
	}
	shown := describeReading(r.Name(), card, result)
	if parent.JSON {
		return writeJSON(streams, shown)
	}
	return shown.print(streams)
}

// demoTerminal is the profile whose AIDs are tried and whose data answer the lists
// of the card.
const demoTerminal = "demo"

func look(ctx context.Context, card hardware.Card) (inspect.Card, error) {
	p, err := profile.Named(demoTerminal)
	if err != nil {
		return inspect.Card{}, err
	}
	config := inspect.Config{Contactless: hardware.PresentationOf(card) == hardware.Contactless}
	known := map[emv.Tag][]byte{}
	for _, a := range p.Applications {
		config.AIDs = append(config.AIDs, a.AID)
		for _, o := range a.Data {
			known[o.Tag] = o.Value
		}
	}
	config.Terminal = tlv.Lookup(func(tag emv.Tag) ([]byte, emv.Format, bool) {
		value, ok := known[tag]
		return value, emv.FormatB, ok
	})
	return inspect.Look(ctx, card, config)
}
