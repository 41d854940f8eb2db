// Package benchcmd holds `till bench`: scenario files for testers and their builds.
package benchcmd

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Command is `till bench`.
type Command struct {
	Run   Run   `cmd:"" help:"Play scenarios, and say which of them fail."`
	New   New   `cmd:"" help:"Write a scenario file to begin with."`
	Verbs Verbs `cmd:"" help:"List what a scenario file can say."`
}

// New is `till bench new`.
type New struct {
	File string `arg:"" help:"File to write; it must not be there yet."`
}

// Help is the text of the help page.
func (*New) Help() string {
	return `Writes a scenario file that passes: a card is issued and activated, its PIN is
changed, and the old PIN is used a last time. docs/bench.md explains the format.

Examples:

  $ till bench new first.till
  first.till written: play it with ` + "`till bench run first.till`" + `

  $ till bench new first.till >out && till bench run first.till | tail -n 1
  1 scenario: all passed
`
}

// Run writes the file.
func (c *New) Run(streams cli.Streams) error {
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write scenario: %w: name a file that is not there yet", err)
	}
	_, err = io.WriteString(f, story.Starter())
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	_, err = fmt.Fprintf(streams.Out, "%[1]s written: play it with `till bench run %[1]s`\n", c.File)
	return err
}

// Verbs is `till bench verbs`.
type Verbs struct{}

// Help is the text of the help page.
func (*Verbs) Help() string {
	return `Lists the verbs of scenario files, what they can expect, and the lines that say how
a file is read. docs/bench.md has an example of each.

Examples:

  $ till bench verbs | grep -A 1 '^tap'
  tap NAME AMOUNT [type=TYPE]
      Makes a purchase with the card held to the reader.
`
}

// Run lists them.
func (*Verbs) Run(streams cli.Streams) error {
	var err error
	tell := func(name, usage, doc string) {
		if usage != "" {
			name += " " + usage
		}
		if err == nil {
			_, err = fmt.Fprintf(streams.Out, "%s\n    %s\n", name, doc)
		}
	}
	title := func(text string) {
		if err == nil {
			_, err = fmt.Fprintln(streams.Out, text)
		}
	}
	title("Verbs:")
	for _, v := range story.Verbs() {
		tell(v.Name, v.Usage, v.Doc)
	}
	title("\nBehind `expect`, and `show`:")
	for _, e := range story.Expectations() {
		tell(e.Name, e.Usage, e.Doc)
	}
	title("\nHow a file is read:")
	all := story.Directives()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		tell(name, all[name].Usage, all[name].Doc)
	}
	return err
}
