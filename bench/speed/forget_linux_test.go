package main_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget tells the kernel that nobody needs a file in memory, and reports whether it
// can be told.
func forget(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Sync() == nil && unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) == nil
}
