package decode

import (
	"encoding/json"
	"errors"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
)

// Trace decodes a recorded dialogue.
type Trace struct {
	File string `arg:"" default:"-" help:"File with the dialogue; standard input where it is left out."`
}

// Help is the text of the help page.
func (*Trace) Help() string {
	return `Says in words what a card and a terminal said to each other, step by step, masked.
The format is recognised: lines of "C: " and "R: ", pairs of commands and answers
as other programs print them, pcap with GSMTAP, and JSON with the bytes.
docs/traces.md describes them.

Examples:

  $ printf '> 00 B2 01 0C 00\n< 70 0A 5A 08 37 42 45 00 17 41 00 7F 90 00 : Normal processing.\n> 00 20 00 80 08 24 12 34 FF FF FF FF FF\n< 63 C2 : Verification fails\n' | till decode trace
     1  00B2010C  READ RECORD
            record 1 of SFI 1
            expects up to 256 bytes
        9000  success
          70  READ RECORD Response Message Template
            5A  Application Primary Account Number (PAN)  [8 bytes]  374245*****1007
     2  00200080  VERIFY  [8 bytes]
            plaintext PIN
        63C2  wrong PIN, 2 tries left
`
}

// errTraceUnmasked says what there is in the place of an unmasked trace.
var errTraceUnmasked = errors.New("--unmasked: a trace is shown masked: decode its data with `till decode tlv --unmasked`")

// print writes the dialogue in words.
func (d *Trace) print(c *Command, streams cli.Streams) error {
	if c.Unmasked {
		return errTraceUnmasked
	}
	r, err := tracefile.Read(d.File, streams.In)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(r)
	}
	return r.WriteText(streams.Out)
}
