// Package tracefile reads and writes the files in which commands keep dialogues of
// card and terminal.
package tracefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware/trace"
)

// standardInput stands for standard input in the place of a file.
const standardInput = "-"

// Read reads a recording from a file, or from standard input where path is "-", in
// any format that has the bytes.
func Read(path string, stdin io.Reader) (trace.Recording, error) {
	in, name := stdin, "standard input"
	if path != standardInput {
		f, err := os.Open(path)
		if err != nil {
			return trace.Recording{}, openError(err)
		}
		defer f.Close()
		in, name = f, path
	}
	r, _, err := trace.Read(in)
	if failure := emv.Failure(""); errors.As(err, &failure) {
		return trace.Recording{}, cli.Failed{Err: fmt.Errorf("%s: %w", name, err)}
	}
	if err != nil {
		return trace.Recording{}, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// openError leaves out the name, which may be digits that were typed in the wrong
// place.
func openError(err error) error {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("read trace: %w: name a file with a recorded dialogue", err)
}
