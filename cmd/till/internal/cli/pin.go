package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/secret"
)

// PINSource is how a command gets a PIN: from a file, from an inherited file
// descriptor, or, where neither is named, from the keyboard without echo. No
// command takes a PIN as an argument, since every user of the machine can read
// those. Where a command needs two, embed each with a prefix and with
// `set:"pin=the ... PIN"` for its help.
type PINSource struct {
	File string `name:"pin-file" placeholder:"FILE" json:"-" help:"Read ${pin} from the first line of FILE."`
	FD   *int   `name:"pin-fd" placeholder:"N" json:"-" help:"Read ${pin} from the next line of file descriptor N, which stays open."`

	Prefix string `kong:"-" json:"-"` // of the two flags, for messages
}

func (s PINSource) line() Line {
	return Line{File: s.File, FD: s.FD, What: "PIN", Flag: s.Prefix + "pin"}
}

// Given reports whether a flag names the source.
func (s PINSource) Given() bool { return s.line().Given() }

// Read returns the characters of the PIN, unchecked. prompt says whose PIN is
// asked for.
func (s PINSource) Read(streams Streams, prompt string) (secret.Value, error) {
	return s.line().Read(streams, prompt)
}

// pinLinesMax is the number of lines that ReadLines reads.
const pinLinesMax = 16

// ReadLines returns the lines of the file, or of the file descriptor up to its
// end, for commands that are asked for a PIN several times. A line may be empty.
func (s PINSource) ReadLines() ([]secret.Value, error) {
	l := s.line()
	f, err := l.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, pinLinesMax*lineMax))
	defer secret.Wipe(content)
	if err != nil {
		return nil, l.readError(err)
	}
	var lines []secret.Value
	for line := range bytes.Lines(content) {
		lines = append(lines, secret.New(bytes.TrimRight(line, "\r\n")))
	}
	switch {
	case len(lines) == 0:
		return nil, errors.New("read PIN: there is no line")
	case len(lines) > pinLinesMax || len(content) == pinLinesMax*lineMax:
		return nil, fmt.Errorf("read PIN: more than %d lines", pinLinesMax)
	}
	return lines, nil
}
