// Command till is a chip-card checkout on one machine. See `till --help`.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/cmd/till/internal/benchcmd"
	"github.com/f510b0cf/till/cmd/till/internal/calc"
	"github.com/f510b0cf/till/cmd/till/internal/cardcmd"
	"github.com/f510b0cf/till/cmd/till/internal/checkout"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/decode"
	"github.com/f510b0cf/till/cmd/till/internal/democmd"
	"github.com/f510b0cf/till/cmd/till/internal/issuercmd"
	"github.com/f510b0cf/till/cmd/till/internal/loadcmd"
	"github.com/f510b0cf/till/cmd/till/internal/membercmd"
	"github.com/f510b0cf/till/cmd/till/internal/readerscmd"
	"github.com/f510b0cf/till/cmd/till/internal/simcmd"
	"github.com/f510b0cf/till/cmd/till/internal/terminalcmd"
	"github.com/f510b0cf/till/cmd/till/internal/tracecmd"
	"github.com/f510b0cf/till/cmd/till/internal/versioncmd"
)

// root is the command line of till.
type root struct {
	Demo  democmd.Command  `cmd:"" help:"Play the life of a card PIN with real parts, and check each step."`
	Bench benchcmd.Command `cmd:"" help:"Play scenario files for testers and their builds."`
	Sim   simcmd.Command   `cmd:"" help:"Let everything go wrong that can, and check that nothing is lost."`

	Load loadcmd.Command `cmd:"" help:"Ask an issuer host as many cards and terminals do, and measure it."`

	Readers readerscmd.Readers `cmd:"" help:"List the PC/SC readers of this machine, and the cards in them."`
	Doctor  readerscmd.Doctor  `cmd:"" help:"Check what a PC/SC reader needs, and say how to mend it."`

	Issuer   issuercmd.Command  `cmd:"" help:"Make an issuer, run it and look at it."`
	Login    membercmd.Login    `cmd:"" help:"Log in at an issuer, as one of its members."`
	Activate membercmd.Activate `cmd:"" help:"Activate a card of yours."`
	PIN      membercmd.PIN      `cmd:"" name:"pin" help:"Create, change, unblock and look at the PIN of a card of yours."`

	Checkout checkout.Command  `cmd:"" help:"Take a card through a purchase at a terminal."`
	Order    checkout.Order    `cmd:"" help:"Make a purchase without the card."`
	Receipts checkout.Receipts `cmd:"" help:"List the receipts that a terminal has kept."`

	Terminal terminalcmd.Command `cmd:"" help:"Let cash registers drive a terminal."`

	Card   cardcmd.Command  `cmd:"" help:"Make, show and check emulated cards."`
	Trace  tracecmd.Command `cmd:"" help:"Compare and replay recorded dialogues of card and terminal."`
	Decode decode.Command   `cmd:"" help:"Say in words what bytes mean."`
	Calc   calc.Command     `cmd:"" help:"Compute and check the figures of the standards."`

	About   versioncmd.Command `cmd:"" name:"version" help:"Say what this binary was built from."`
	Version kong.VersionFlag   `help:"Print the version and end."`
}

const description = `A chip-card checkout on one machine: card, terminal and issuer host.

It works with test keys and test account numbers only.`

func main() { os.Exit(run(os.Args[1:], cli.System())) }

// run carries out one command line and returns the exit code.
func run(args []string, streams cli.Streams) (code int) {
	// kong ends the process after --help; end run instead, so that tests can call it.
	type exit int
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	parser, err := newParser(streams, func(c int) { panic(exit(c)) })
	if err != nil {
		return report(streams, err)
	}
	selected, err := parser.Parse(args)
	if err != nil {
		return report(streams, cli.UsageError(err))
	}
	if err := cli.CheckRepeats(selected); err != nil {
		return report(streams, err)
	}
	return report(streams, selected.Run(selected, streams.Results()))
}

func newParser(streams cli.Streams, exit func(int)) (*kong.Kong, error) {
	return kong.New(&root{},
		kong.Name("till"),
		kong.Description(description),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(exit),
		kong.Vars{"version": versioncmd.Read().String(), "pin": "the PIN", "stories": sim.StoryNames(), "acts": sim.Verbs, "policies": sim.PolicyWords},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
}

// report says what went wrong, if anything, each thing on a line, and returns the
// exit code.
func report(streams cli.Streams, err error) int {
	if err != nil && err.Error() != "" {
		fmt.Fprintf(streams.Err, "till: %s\n", strings.ReplaceAll(err.Error(), "\n", "\ntill: "))
	}
	return cli.ExitCode(err)
}
