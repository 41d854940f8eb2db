// Package loadcmd holds `till load`: how much an issuer host can take.
package loadcmd

// Command is `till load`.
type Command struct {
	Run     Run     `cmd:"" default:"withargs" help:"Ask an issuer host at a rate, and measure how long the answers take."`
	Prepare Prepare `cmd:"" help:"Make an issuer with cards for a load."`
}
