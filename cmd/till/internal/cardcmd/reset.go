package cardcmd

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/hardware/card"
)

// Reset puts a card back as it was issued.
type Reset struct {
	Card string `arg:"" placeholder:"FILE" help:"Card file."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Reset) Help() string {
	return `Puts an emulated card back as it was issued: the PIN that it had then or none, all
tries, no trace of scripts and of what went wrong. The transaction counter (ATC)
is kept, since an issuer takes no cryptogram twice. The file holds the card as it
was or as it was issued, whatever happens on the way. The issuer learns nothing of
it: to him a PIN that the card had is still set.

Example:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      echo 4711 >pin; \
      till checkout --reader image:my.card --key k --amount 5 --pin-file pin >receipt 2>&1; \
      till card reset my.card --key k
  my.card      put back as it was issued
  application  A000000025010801, AMERICAN EXPRESS
    ATC        1, kept
    PIN        set, 3 of 3 tries left; it was set, 2 of 3 tries left
`
}

// resetCard is what is told of a card that was reset.
type resetCard struct {
	File         string             `json:"file"`
	Applications []resetApplication `json:"applications"`
}

type resetApplication struct {
	AID    string     `json:"aid"`
	Label  string     `json:"label"`
	Before shownState `json:"before"`
	After  shownState `json:"after"`
}

// Run resets the card.
func (c *Reset) Run(parent *Command, streams cli.Streams) error {
	icc, closer, err := reader.OpenCard(c.Card, c.StorageKey)
	if err != nil {
		return err
	}
	before := icc.Status()
	if err := errors.Join(icc.Repersonalise(), closer()); err != nil {
		return cli.Failed{Err: fmt.Errorf("%s: %w", c.Card, err)}
	}
	result := c.result(icc, before)
	if parent.JSON {
		return writeJSON(streams, result)
	}
	return result.print(streams)
}

func (c *Reset) result(icc *card.ICC, before []card.Status) resetCard {
	result, after := resetCard{File: c.Card}, icc.Status()
	for i, a := range icc.Image().Applications {
		result.Applications = append(result.Applications, resetApplication{
			AID: hexadecimal(a.Name), Label: faceOf(a).label, Before: describeState(a, before[i]), After: describeState(a, after[i]),
		})
	}
	return result
}

func (r resetCard) print(streams cli.Streams) error {
	var table cli.Table
	table.Row(r.File, "put back as it was issued")
	for _, a := range r.Applications {
		table.Row("application", a.AID+", "+a.Label)
		table.Row("  ATC", fmt.Sprintf("%d, kept", a.After.ATC))
		pin := a.After.pin()
		if was := a.Before.pin(); was != pin {
			pin += "; it was " + was
		}
		table.Row("  PIN", pin)
	}
	return table.Print(streams.Out)
}
