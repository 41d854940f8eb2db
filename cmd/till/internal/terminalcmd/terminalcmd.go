// Package terminalcmd holds the commands of a terminal that others drive: `till
// terminal serve` takes payments for cash registers.
package terminalcmd

// Command is `till terminal`.
type Command struct {
	Serve Serve `cmd:"" help:"Take payments that cash registers ask for over HTTP."`
}
