// Package cli holds what the commands of till share: the streams they work on,
// their exit codes, and how a PIN gets in.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Exit codes of every command.
const (
	ExitOK     = 0 // it worked
	ExitFailed = 1 // it ran, and the outcome is a failure
	ExitUsage  = 2 // the command line or its input is wrong

	ExitInterrupted = 130 // the user called it off; what shells report for SIGINT
)

// Streams are the streams that a command reads and writes. Results go to Out,
// everything else to Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// System returns the streams of the process.
func System() Streams { return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr} }

// Results returns the streams with an Out whose errors are a Failed: a command
// that can not write what it found has failed, it was not called wrongly.
func (s Streams) Results() Streams {
	s.Out = results{s.Out}
	return s
}

type results struct{ w io.Writer }

// Write writes b.
func (r results) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	if err != nil {
		err = Failed{fmt.Errorf("write result: %w", err)}
	}
	return n, err
}

// Failed is an error whose command ran and whose outcome is a failure; the
// process exits with ExitFailed. Any other error is one of usage.
type Failed struct{ Err error }

// Error returns the text of the cause, which is empty where the command has
// already said it.
func (f Failed) Error() string {
	if f.Err == nil {
		return ""
	}
	return f.Err.Error()
}

// Unwrap returns the cause.
func (f Failed) Unwrap() error { return f.Err }

// ExitCode returns the exit code that belongs to the error of a command.
func ExitCode(err error) int {
	var failed Failed
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, ErrInterrupted):
		return ExitInterrupted
	case errors.As(err, &failed):
		return ExitFailed
	}
	return ExitUsage
}
