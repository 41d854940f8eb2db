package issuercmd

import (
	"net/http"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer/httpd"
)

// AEVV makes a verification value of an order.
type AEVV struct {
	Card
	ECI string `name:"eci" enum:"05,06" default:"05" placeholder:"DD" help:"What it is to say: 05 the cardholder was authenticated, 06 it was attempted. Default: 05."`
}

// Help is the text of the help page.
func (*AEVV) Help() string {
	return `Makes the verification value of an authentication of the cardholder, as the issuer's
directory would, for an order with till order --eci --aevv. It is a test value: how
Amex makes its values is not public. That it was made stands in the journal.

Example:

  $ till issuer card aevv 1006 --data bank | sed 's/AEVV .*/AEVV .../'
  6aa9c541222ab76265a8e8dc407c3549  AEVV ...
`
}

// Run asks for the value.
func (c *AEVV) Run(parent *Command, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	door := doors.Operators(c.Data.Data)
	ref, err := c.find(ctx, door)
	if err != nil {
		return cli.Failed{Err: err}
	}
	var form httpd.AEVVForm
	if err := door.Ask(ctx, http.MethodPost, "/v1/cards/"+ref+"/aevv?eci="+c.ECI, &form); err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		return writeJSON(streams, form)
	}
	var table cli.Table
	table.Row(form.Ref, "AEVV "+form.AEVV)
	return table.Print(streams.Out)
}
