// Command till is a chip-card checkout on one machine. See `till --help`.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/calc"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/decode"
)

// root is the command line of till.
type root struct {
	Calc   calc.Command   `cmd:"" help:"Compute and check the figures of the standards."`
	Decode decode.Command `cmd:"" help:"Say in words what bytes mean."`
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
		return report(streams, fmt.Errorf("%w\nsee `till --help`", err))
	}
	return report(streams, selected.Run(selected, streams))
}

func newParser(streams cli.Streams, exit func(int)) (*kong.Kong, error) {
	return kong.New(&root{},
		kong.Name("till"),
		kong.Description(description),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
}

// report says what went wrong, if anything, and returns the exit code.
func report(streams cli.Streams, err error) int {
	if err != nil && err.Error() != "" {
		fmt.Fprintf(streams.Err, "till: %v\n", err)
	}
	return cli.ExitCode(err)
}
