//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package card

import (
	"errors"
	"fmt"
	"os"
)

// openLocked refuses: a card that two processes write to at once is lost.
func openLocked(string, int) (*os.File, error) {
	return nil, fmt.Errorf("lock file on this system: %w", errors.ErrUnsupported)
}

// exchange is never reached.
func exchange(now, _ *os.File, _, _ string) (*os.File, error) { return now, errors.ErrUnsupported }
