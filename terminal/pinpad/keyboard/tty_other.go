//go:build !linux

package keyboard

import (
	"context"

	"golang.org/x/term"
)

// hush returns what sets a terminal as it was. Its echo is taken by the read.
func hush(fd int) (restore func(drop bool), err error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	return func(bool) { _ = term.Restore(fd, before) }, nil
}

// waitLine does not wait: a read that is called off goes on in its goroutine until a
// line is typed or the process ends.
func waitLine(context.Context, int) error { return nil }
