package tracefile

import (
	"fmt"
	"io"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/trace"
)

// Flags say where a command writes its dialogue with a card.
type Flags struct {
	Trace    string `placeholder:"FILE" help:"Write the dialogue with the card to FILE, masked: as text, or by the end of its name .json, .lines, .hex (pairs of digits) or .pcap (for Wireshark)."`
	Unmasked bool   `name:"unmasked-trace-of-test-card" help:"Write the bytes of that dialogue as they are, PINs included, so that it can be replayed; as lines where the name asks for nothing else. For test numbers alone: any other is masked."`
}

// File is the file of a trace.
type File struct {
	*cli.OutFile
	unmasked bool
}

// Create makes sure that a trace can be written before anything is done with a
// card. Without a path there is none.
func (f Flags) Create() (File, error) {
	if f.Trace == "" && f.Unmasked {
		return File{}, cli.Complaint("--unmasked-trace-of-test-card goes with --trace")
	}
	out, err := cli.CreateOutFile("trace", f.Trace)
	return File{out, f.Unmasked}, err
}

// Write writes the recording in the format that the name of the file asks for. It
// says so on the error stream where a number that is no test number is in it, which
// is masked whatever was asked for.
func (f File) Write(r trace.Recording, streams cli.Streams) error {
	format, write := trace.FormatOf(f.Path()), r.Write
	switch {
	case !f.unmasked:
	case !r.TestCardsOnly():
		fmt.Fprintln(streams.Err, "till: the account number of the card is in no test range: the trace is masked")
	default:
		write = r.WriteUnmaskedOfTestCard
		if format == trace.Text {
			format = trace.Lines
		}
	}
	return f.OutFile.Write(func(w io.Writer) error { return write(w, format) })
}
