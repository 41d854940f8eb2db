// Package cardcmd holds the commands of `till card`: they make, show, check, reset
// and serve emulated cards, read any card in a reader, and make profiles of recordings.
package cardcmd

import (
	"encoding/json"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/secret"
)

// Command is `till card`.
type Command struct {
	JSON bool `help:"Write the result as JSON."`

	Issue    Issue    `cmd:"" help:"Make a card from a profile."`
	Show     Show     `cmd:"" help:"Say what is on a card, decoded and masked."`
	Read     Read     `cmd:"" help:"Say what a card in a reader shows to any terminal."`
	Reset    Reset    `cmd:"" help:"Put a card back as it was issued, but for its transaction counter."`
	Validate Validate `cmd:"" help:"Check a card or a profile."`
	Profiles Profiles `cmd:"" help:"List the card profiles that come with the program."`
	Skeleton Skeleton `cmd:"" help:"Make a card profile of a recorded dialogue."`

	Serve     Serve     `cmd:"" help:"Offer a card to a PC/SC daemon, in a virtual reader."`
	Insert    Insert    `cmd:"" help:"Insert a served card."`
	Pull      Pull      `cmd:"" help:"Pull a served card."`
	PullAfter PullAfter `cmd:"" name:"pull-after" help:"Pull a served card after a number of commands."`
	Status    Where     `cmd:"" help:"Say where a served card is."`
}

// today is the day on which a card is issued or judged.
func today() emv.Date { return emv.DateOf(clock.System{}.Now()) }

// writeJSON writes a result on one line.
func writeJSON(streams cli.Streams, result any) error {
	return json.NewEncoder(streams.Out).Encode(result)
}

// checkValue returns the check value of a key, "none" where there is no key.
func checkValue(k secret.Key) string {
	if k.IsZero() {
		return "none"
	}
	value := k.CheckValue()
	return hexadecimal(value[:])
}

// addFindings adds findings to a table.
func addFindings(table *cli.Table, findings []perso.Finding) {
	for _, f := range findings {
		table.Row(string(f.Severity), f.String())
	}
}
