// Package tracecmd holds the commands of `till trace`: they compare recorded
// dialogues of card and terminal, and replay them.
package tracecmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware/trace"
)

// Command is `till trace`.
type Command struct {
	JSON bool `help:"Write the result as JSON."`

	Diff   Diff   `cmd:"" help:"Say where two recorded dialogues differ."`
	Replay Replay `cmd:"" help:"Send the recorded commands to a card and compare its answers."`
}

// tags is a list of tags on the command line.
type tags []emv.Tag

// UnmarshalText reads tags with commas between them.
func (t *tags) UnmarshalText(text []byte) error {
	*t = nil
	for word := range strings.SplitSeq(string(text), ",") {
		tag, err := emv.ParseTag(strings.TrimSpace(word))
		if err != nil {
			return cli.Complaint("want tags such as 9F26,9F36")
		}
		*t = append(*t, tag)
	}
	return nil
}

// differences is what is told of a comparison.
type differences struct {
	Differences []trace.Difference `json:"differences"`
	Withheld    []string           `json:"withheld,omitempty"` // what was kept from a card that is not ours
}

// report writes the differences. It fails where there are some.
func (d differences) report(asJSON bool, streams cli.Streams) error {
	if asJSON {
		if d.Differences == nil {
			d.Differences = []trace.Difference{}
		}
		if err := json.NewEncoder(streams.Out).Encode(d); err != nil {
			return err
		}
	} else if err := d.print(streams.Out); err != nil {
		return err
	}
	if len(d.Differences) > 0 {
		return cli.Failed{}
	}
	return nil
}

func (d differences) print(w io.Writer) error {
	for _, difference := range d.Differences {
		if _, err := fmt.Fprintln(w, difference); err != nil {
			return err
		}
	}
	for _, what := range d.Withheld {
		if _, err := fmt.Fprintf(w, "the card is not one of till's: %s\n", what); err != nil {
			return err
		}
	}
	if len(d.Differences) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, "no difference")
	return err
}
