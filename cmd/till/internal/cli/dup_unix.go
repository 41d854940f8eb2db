//go:build unix

package cli

import "syscall"

// dup returns a second descriptor of the same open file.
func dup(fd int) (uintptr, error) {
	own, err := syscall.Dup(fd)
	return uintptr(own), err
}
