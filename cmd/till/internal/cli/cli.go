// Package cli holds what the commands of till share: the streams they work on,
// their exit codes, and how a PIN gets in.
package cli

import (
	"errors"
	"io"
	"os"
)

// Exit codes of every command.
const (
	ExitOK     = 0 // it worked
	ExitFailed = 1 // it ran, and the outcome is a failure
	ExitUsage  = 2 // the command line or its input is wrong
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
	case errors.As(err, &failed):
		return ExitFailed
	}
	return ExitUsage
}
