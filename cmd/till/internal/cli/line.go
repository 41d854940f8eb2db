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

// Line is how a command gets a line that must not stand among its arguments: from
// a file, from an inherited file descriptor, or, where neither is named, from the
// keyboard without echo.
type Line struct {
	File string
	FD   *int
	What string // what the line is, for messages
	Flag string // its flags are --Flag-file and --Flag-fd
}

// Given reports whether a flag names the source.
func (l Line) Given() bool { return l.File != "" || l.FD != nil }

// lineMax is the longest line, in bytes, that is read.
const lineMax = 64

// Read returns the line, unchecked. prompt says what is asked for.
func (l Line) Read(streams Streams, prompt string) (secret.Value, error) {
	if !l.Given() {
		return l.ask(streams, prompt)
	}
	f, err := l.open()
	if err != nil {
		return secret.Value{}, err
	}
	defer f.Close()
	return l.first(f)
}

// open opens the file or the file descriptor that is given.
func (l Line) open() (*os.File, error) {
	switch {
	case l.File != "" && l.FD != nil:
		return nil, l.readError(errors.New("give a file or a file descriptor, not both"))
	case l.FD != nil:
		return l.duplicate()
	}
	f, err := os.Open(l.File)
	if err != nil {
		return nil, l.readError(err)
	}
	return f, nil
}

// duplicate returns a file of its own for the file descriptor, which stays open,
// since it is the caller's and may hold more.
func (l Line) duplicate() (*os.File, error) {
	if *l.FD < 0 {
		return nil, l.readError(errors.New("a file descriptor is 0 or more"))
	}
	own, err := dup(*l.FD) // the collector closes a file that is made of the descriptor itself
	if err != nil {
		return nil, l.readError(fmt.Errorf("file descriptor %d: %w", *l.FD, err))
	}
	return os.NewFile(own, ""), nil
}

// readError leaves out the name of the file: what it should hold may have been
// typed there.
func (l Line) readError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("read %s: %w", l.What, err)
}

// first reads up to the first line break, byte by byte, so that what follows it
// stays unread.
func (l Line) first(r io.Reader) (secret.Value, error) {
	var line [lineMax + 1]byte
	defer secret.Wipe(line[:])
	n := 0
	for n < len(line) {
		got, err := r.Read(line[n : n+1])
		if got == 1 && line[n] == '\n' || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return secret.Value{}, l.readError(err)
		}
		n += got
	}
	if n > lineMax {
		return secret.Value{}, l.readError(fmt.Errorf("the line has more than %d bytes", lineMax))
	}
	return secret.New(bytes.TrimRight(line[:n], "\r")), nil
}

// ask reads the line from the terminal without echo.
func (l Line) ask(streams Streams, prompt string) (secret.Value, error) {
	ctx, stop := Interruptible()
	defer stop()
	tty, _ := streams.In.(*os.File)
	value, err := keyboard.ReadHidden(ctx, tty, streams.Err, prompt+": ")
	if errors.Is(err, keyboard.ErrNoTTY) {
		err = fmt.Errorf("%w: name a source with --%[2]s-file or --%[2]s-fd", err, l.Flag)
	}
	if err != nil {
		return secret.Value{}, l.readError(err)
	}
	return value, nil
}
