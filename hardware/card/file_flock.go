//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package card

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file to read and write and locks it. The lock belongs to
// the open file, so the system drops it however the process ends.
func openLocked(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, fileMode)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	return nil, errors.Join(err, f.Close())
}

// exchange puts the file next, which lies at from, in place of the file now at to,
// and returns the one that is open then. The lock goes over without a gap.
func exchange(now, next *os.File, from, to string) (*os.File, error) {
	if err := os.Rename(from, to); err != nil {
		return now, errors.Join(err, next.Close())
	}
	return next, now.Close()
}
