// Package membercmd holds the commands of a cardholder: log in at an issuer,
// activate a card, and create, change, unblock and look at its PIN.
package membercmd

import (
	"encoding/json"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer/httpd"
)

// PIN is `till pin`.
type PIN struct {
	Create  Create  `cmd:"" help:"Set the first PIN of a card."`
	Change  Change  `cmd:"" help:"Set a new PIN."`
	Unblock Unblock `cmd:"" help:"Ask for new PIN tries on the card."`
	Status  Status  `cmd:"" help:"Say how a card and its PIN stand."`
}

// Output is how a command tells its result.
type Output struct {
	JSON bool `help:"Write the result as JSON."`
}

// tell writes how a card and its PIN stand.
func (o Output) tell(streams cli.Streams, s httpd.Status) error {
	if o.JSON {
		return o.write(streams, s)
	}
	var table cli.Table
	table.Row("card", "ending in "+s.Card.LastFour+", "+s.Card.Status)
	table.Row("PIN", s.PIN+": "+s.Text)
	if s.Next != "" {
		table.Row("next", s.Next)
	}
	return table.Print(streams.Out)
}

// write writes a result on one line.
func (o Output) write(streams cli.Streams, result any) error {
	return json.NewEncoder(streams.Out).Encode(result)
}
