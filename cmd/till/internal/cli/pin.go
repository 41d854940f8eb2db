package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/f510b0cf/till/emv/secret"
)

// PINSource is how a command gets a PIN: from a file, from an inherited file
// descriptor, or, where neither is named, from the keyboard without echo. No
// command takes a PIN as an argument, since every user of the machine can read
// those. Embed it with a prefix where a command needs two.
type PINSource struct {
	File string `name:"pin-file" placeholder:"FILE" json:"-" help:"Read the PIN from the first line of FILE."`
	FD   int    `name:"pin-fd" placeholder:"N" default:"-1" json:"-" help:"Read the PIN from the first line of file descriptor N."`
}

// pinLineMax is the longest line, in bytes, that is read as a PIN.
const pinLineMax = 64

// Read returns the characters of the PIN, unchecked. prompt says whose PIN is
// asked for.
func (s PINSource) Read(streams Streams, prompt string) (secret.Value, error) {
	switch {
	case s.File != "" && s.FD >= 0:
		return secret.Value{}, errors.New("read PIN: give a file or a file descriptor, not both")
	case s.File != "":
		f, err := os.Open(s.File)
		if err != nil {
			return secret.Value{}, fmt.Errorf("read PIN: %w", err)
		}
		defer f.Close()
		return firstLine(f)
	case s.FD >= 0:
		f := os.NewFile(uintptr(s.FD), "PIN")
		if f == nil {
			return secret.Value{}, fmt.Errorf("read PIN: file descriptor %d is not open", s.FD)
		}
		defer f.Close()
		return firstLine(f)
	}
	return ask(streams, prompt)
}

// firstLine reads up to the first line break.
func firstLine(r io.Reader) (secret.Value, error) {
	b, err := io.ReadAll(io.LimitReader(r, pinLineMax))
	defer secret.Wipe(b)
	if err != nil {
		return secret.Value{}, fmt.Errorf("read PIN: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return secret.New(bytes.TrimRight(line, "\r")), nil
}

// ask reads a PIN from the terminal without echo. An interrupt gives the
// terminal its echo back before the process ends.
func ask(streams Streams, prompt string) (secret.Value, error) {
	tty, ok := streams.In.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return secret.Value{}, errors.New("read PIN: standard input is no terminal: name a source with --pin-file or --pin-fd")
	}
	state, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return secret.Value{}, fmt.Errorf("read PIN: %w", err)
	}
	stop := restoreOnSignal(int(tty.Fd()), state)
	defer stop()
	fmt.Fprintf(streams.Err, "%s: ", prompt)
	digits, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(streams.Err)
	if err != nil {
		return secret.Value{}, fmt.Errorf("read PIN: %w", err)
	}
	defer secret.Wipe(digits)
	return secret.New(digits), nil
}

// exitInterrupted is what shells report for a process that SIGINT ended.
const exitInterrupted = 130

// restoreOnSignal gives the terminal its state back and ends the process when
// it is interrupted, until stop is called.
func restoreOnSignal(fd int, state *term.State) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			_ = term.Restore(fd, state)
			os.Exit(exitInterrupted)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
