package cardcmd

import (
	"github.com/f510b0cf/till/bench/skeleton"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
)

// Skeleton makes a card profile of a recorded dialogue.
type Skeleton struct {
	Trace string `arg:"" help:"File with the dialogue, masked or not; - is standard input. docs/traces.md lists the formats."`
	Out   string `required:"" placeholder:"FILE" help:"Profile to write, such as my.yaml."`
	Force bool   `help:"Replace a file that is there."`
}

// Help is the text of the help page.
func (*Skeleton) Help() string {
	return `Makes a card profile of the dialogue of a card and a terminal: with the records,
lists and rules of the recorded card, and with test values in the place of account
number, name, tracks, keys and certificates. An account number stays only where it
is in a range of test numbers. Cards that are issued from the profile are signed by
the till test CA. A masked recording will do. docs/traces.md has more of it.

Examples:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; till checkout --reader image:my.card --key k --amount 12.34 --bypass-pin --trace d.hex >receipt 2>&1; till card skeleton d.hex --out new.yaml; till card issue --profile new.yaml --seed 2 --out new.card --key k | head -3
  new.yaml          card profile of a recorded dialogue
  A000000025010801  application
  note              A card profile made of a recorded dialogue. Name, tracks, PIN, keys and certificates are test values.
  note              The account number was masked and is replaced.
  new.card            skeleton: made of a recorded dialogue
  A000000025010801    AMERICAN EXPRESS, contact
    account           374245*****7145, sequence number 00, expires 2035-12
`
}

// madeSkeleton is what is told of a profile.
type madeSkeleton struct {
	File         string   `json:"file"`
	Applications []string `json:"applications"` // AIDs
	Notes        []string `json:"notes"`
}

// Run makes the profile and writes it.
func (c *Skeleton) Run(parent *Command, streams cli.Streams) error {
	recording, err := tracefile.Read(c.Trace, streams.In)
	if err != nil {
		return err
	}
	s, err := skeleton.Make(recording)
	if err != nil {
		return cli.Failed{Err: err}
	}
	write := func(temporary string) error { return writeDurable(temporary, publicMode, s.Text) }
	if err := writeAll(c.Force, []output{{c.Out, write}}); err != nil {
		return err
	}
	told := madeSkeleton{File: c.Out, Notes: s.Notes}
	for _, aid := range s.Applications {
		told.Applications = append(told.Applications, hexadecimal(aid))
	}
	if parent.JSON {
		return writeJSON(streams, told)
	}
	return told.print(streams)
}

func (m madeSkeleton) print(streams cli.Streams) error {
	var table cli.Table
	table.Row(m.File, "card profile of a recorded dialogue")
	for _, aid := range m.Applications {
		table.Row(aid, "application")
	}
	for _, note := range m.Notes {
		table.Row("note", note)
	}
	return table.Print(streams.Out)
}
