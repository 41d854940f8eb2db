package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
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

// Given reports whether a flag names the source.
func (s PINSource) Given() bool { return s.File != "" || s.FD != nil }

// pinLineMax is the longest line, in bytes, that is read as a PIN.
const pinLineMax = 64

// Read returns the characters of the PIN, unchecked. prompt says whose PIN is
// asked for.
func (s PINSource) Read(streams Streams, prompt string) (secret.Value, error) {
	if !s.Given() {
		return s.ask(streams, prompt)
	}
	f, err := s.open()
	if err != nil {
		return secret.Value{}, err
	}
	defer f.Close()
	return firstLine(f)
}

// pinLinesMax is the number of lines that ReadLines reads.
const pinLinesMax = 16

// ReadLines returns the lines of the file, or of the file descriptor up to its
// end, for commands that are asked for a PIN several times. A line may be empty.
func (s PINSource) ReadLines() ([]secret.Value, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, pinLinesMax*pinLineMax))
	defer secret.Wipe(content)
	if err != nil {
		return nil, readError(err)
	}
	var lines []secret.Value
	for line := range bytes.Lines(content) {
		lines = append(lines, secret.New(bytes.TrimRight(line, "\r\n")))
	}
	switch {
	case len(lines) == 0:
		return nil, errors.New("read PIN: there is no line")
	case len(lines) > pinLinesMax || len(content) == pinLinesMax*pinLineMax:
		return nil, fmt.Errorf("read PIN: more than %d lines", pinLinesMax)
	}
	return lines, nil
}

// open opens the file or the file descriptor that is given.
func (s PINSource) open() (*os.File, error) {
	switch {
	case s.File != "" && s.FD != nil:
		return nil, errors.New("read PIN: give a file or a file descriptor, not both")
	case s.FD != nil:
		return duplicate(*s.FD)
	}
	f, err := os.Open(s.File)
	if err != nil {
		return nil, readError(err)
	}
	return f, nil
}

// duplicate returns a file of its own for a file descriptor, which stays open,
// since it is the caller's and may hold more.
func duplicate(fd int) (*os.File, error) {
	if fd < 0 {
		return nil, errors.New("read PIN: a file descriptor is 0 or more")
	}
	own, err := dup(fd) // the collector closes a file that is made of fd itself
	if err != nil {
		return nil, fmt.Errorf("read PIN: file descriptor %d: %w", fd, err)
	}
	return os.NewFile(own, ""), nil
}

// readError leaves out the name of the file: a PIN may have been typed there.
func readError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("read PIN: %w", err)
}

// firstLine reads up to the first line break, byte by byte, so that what follows
// it stays unread.
func firstLine(r io.Reader) (secret.Value, error) {
	var line [pinLineMax]byte
	defer secret.Wipe(line[:])
	n := 0
	for n < len(line) {
		got, err := r.Read(line[n : n+1])
		if got == 1 && line[n] == '\n' || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return secret.Value{}, readError(err)
		}
		n += got
	}
	return secret.New(bytes.TrimRight(line[:n], "\r")), nil
}

// ask reads a PIN from the terminal without echo.
func (s PINSource) ask(streams Streams, prompt string) (secret.Value, error) {
	ctx, stop := Interruptible()
	defer stop()
	tty, _ := streams.In.(*os.File)
	value, err := keyboard.ReadHidden(ctx, tty, streams.Err, prompt+": ")
	if errors.Is(err, keyboard.ErrNoTTY) {
		return secret.Value{}, fmt.Errorf("%w: name a source with --%[2]spin-file or --%[2]spin-fd", err, s.Prefix)
	}
	return value, err
}
