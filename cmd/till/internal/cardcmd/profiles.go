package cardcmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/perso"
)

// Profiles lists the card profiles that come with the program.
type Profiles struct{}

// Help is the text of the help page.
func (*Profiles) Help() string {
	return `Lists the profiles that come with the program, with what each says about itself.
docs/profiles.md has what a terminal makes of their cards, and how to write one.

Examples:

  $ till card profiles | grep mc-cvn2
  mc-cvn20            Mastercard-style contact card, CVN 20, CDA, PIN set
  mc-cvn21            Mastercard-style contact card, CVN 21, CDA, PIN set
`
}

// listedProfile is a profile in the list.
type listedProfile struct {
	Name string `json:"name"`
	Note string `json:"note"`
}

// Run lists the profiles.
func (*Profiles) Run(parent *Command, streams cli.Streams) error {
	var all []listedProfile
	var table cli.Table
	for _, name := range builtInNames() {
		p, err := perso.Load(builtIn(), name+perso.Suffix)
		if err != nil {
			return fmt.Errorf("list profiles: %w", err)
		}
		all = append(all, listedProfile{p.Name(), p.Note()})
		table.Row(p.Name(), p.Note())
	}
	if parent.JSON {
		return writeJSON(streams, all)
	}
	return table.Print(streams.Out)
}
