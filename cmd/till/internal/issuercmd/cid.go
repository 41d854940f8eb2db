package issuercmd

import (
	"net/http"
	"strconv"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer/httpd"
)

// CID tells the identification digits of a card.
type CID struct {
	Card
	Digits int `default:"4" placeholder:"N" help:"How many: 3, 4 or 5. Default: 4."`
}

// Help is the text of the help page.
func (*CID) Help() string {
	return `Tells the card identification digits of a card of a running issuer, those that are
printed on real cards, for orders with till order --cid-file. They are test digits:
how networks make theirs is not public. That they were told stands in the journal.

Example:

  $ till issuer card cid 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  CID 3301
`
}

// Run asks for the digits.
func (c *CID) Run(parent *Command, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	door := doors.Operators(c.Data.Data)
	ref, err := c.find(ctx, door)
	if err != nil {
		return cli.Failed{Err: err}
	}
	var form httpd.CIDForm
	if err := door.Ask(ctx, http.MethodPost, "/v1/cards/"+ref+"/cid?digits="+strconv.Itoa(c.Digits), &form); err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		return writeJSON(streams, form)
	}
	var table cli.Table
	table.Row(form.Ref, "CID "+form.CID)
	return table.Print(streams.Out)
}
