// Package durable makes what happened to names in a folder survive a loss of power:
// a file that was synced, and then created, linked or renamed, has its name there.
package durable

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// Folder makes the names in a folder durable. Where the system has no such thing,
// as on Windows and on some network file systems, it does nothing.
func Folder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can not be opened as a file
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
