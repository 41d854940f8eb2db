// Package issuercmd holds the commands of `till issuer`: they make an issuer, run
// it, look after its cards, and back it up.
package issuercmd

import (
	"encoding/json"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Command is `till issuer`.
type Command struct {
	JSON bool `help:"Write the result as JSON."`

	Init   Init   `cmd:"" help:"Make an issuer: keys, and for a demonstration members and cards."`
	Serve  Serve  `cmd:"" help:"Run an issuer for terminals and members."`
	Status Status `cmd:"" help:"Say how a running issuer is."`
	Card   Cards  `cmd:"" help:"Block, close and look after cards of a running issuer."`

	Keys Keys `cmd:"" help:"List and rotate the keys of an issuer."`

	Backup  Backup  `cmd:"" help:"Make a backup of an issuer, whether it runs or not."`
	Restore Restore `cmd:"" help:"Make an issuer from a backup."`
	Check   Check   `cmd:"" help:"Check the data of an issuer, whether it runs or not, or a backup."`
	Prune   Prune   `cmd:"" help:"Remove old lines of the journal."`

	MigrateStore MigrateStore `cmd:"" help:"Take the store of an issuer from its file to a database, or back."`
}

// Data is where an issuer lies.
type Data struct {
	Data string `required:"" placeholder:"DIR" help:"Data directory of the issuer."`
}

// writeJSON writes a result on one line.
func writeJSON(streams cli.Streams, result any) error {
	return json.NewEncoder(streams.Out).Encode(result)
}
