package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// Cardholder returns whoever enters the PINs.
func (c *Point) Cardholder(streams cli.Streams) (kernel.Cardholder, error) {
	source := cli.PINSource{File: c.PINFile, FD: c.PINFD}
	switch {
	case c.BypassPIN:
		return bypasser{pinpad.NewScripted()}, nil
	case source.Given():
		return readEntries(source)
	}
	tty, _ := streams.In.(*os.File)
	return pinpad.TTY{In: tty, Out: streams.Err}, nil
}

// readEntries returns a cardholder who enters the lines of a file in turn.
func readEntries(source cli.PINSource) (kernel.Cardholder, error) {
	lines, err := source.ReadLines()
	if err != nil {
		return nil, err
	}
	entries := make([]kernel.PINEntry, len(lines))
	for i, line := range lines {
		if entries[i], err = pinpad.ParseEntry(line); err != nil {
			return nil, fmt.Errorf("read PIN: line %d: %w, or an empty line to skip the entry", i+1, err)
		}
	}
	return pinpad.NewScripted(entries...), nil
}

// bypasser skips every entry.
type bypasser struct{ *pinpad.Scripted }

var errNoBypass = errors.New("this terminal does not allow to skip the PIN: leave --bypass-pin out")

// PIN skips the entry.
func (bypasser) PIN(_ context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	if !p.Bypass {
		return kernel.PINEntry{}, errNoBypass
	}
	return kernel.Bypassed(), nil
}

// leftOver says that not all entries of a file were asked for.
func leftOver(person kernel.Cardholder, w io.Writer) {
	if s, ok := person.(*pinpad.Scripted); ok && s.Done() != nil {
		fmt.Fprintln(w, "till: not all PIN entries were asked for")
	}
}
