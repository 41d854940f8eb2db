package tracecmd

import (
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/hardware/trace"
)

// Diff compares two recordings.
type Diff struct {
	A      string `arg:"" help:"File with the first dialogue; - is standard input."`
	B      string `arg:"" help:"File with the second dialogue."`
	Ignore tags   `placeholder:"TAG,..." help:"Data elements whose values may differ. Default: none."`
}

// Help is the text of the help page.
func (*Diff) Help() string {
	return `Pairs the steps of two dialogues and says where they differ, masked, a line for
each place. Ends with 0 where there is no difference and with 1 where there is
one. The files may be in any format that has the bytes; docs/traces.md lists them.

Examples:

  $ printf '00B2010C00\n70059F0702FF009000\n' >a.hex; printf '> 00 B2 01 0C 00\n< 70 05 9F 07 02 FF 80 90 00 : Normal processing.\n' >b.hex; till trace diff a.hex b.hex
  step 1, READ RECORD, answer 9F07 Application Usage Control: FF00 | FF80

  $ printf '00B2010C00\n70059F0702FF009000\n' >a.hex; printf '00B2010C00\n70059F0702FF809000\n' >b.hex; till trace diff --ignore 9F07 a.hex b.hex
  no difference
`
}

// Run compares them.
func (c *Diff) Run(parent *Command, streams cli.Streams) error {
	a, err := tracefile.Read(c.A, streams.In)
	if err != nil {
		return err
	}
	b, err := tracefile.Read(c.B, streams.In)
	if err != nil {
		return err
	}
	return differences{Differences: trace.Diff(a, b, c.Ignore...)}.report(parent.JSON, streams)
}
