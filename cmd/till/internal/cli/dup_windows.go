package cli

import "syscall"

// dup returns a second handle of the same open file; fd is a handle here.
func dup(fd int) (uintptr, error) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var own syscall.Handle
	err = syscall.DuplicateHandle(self, syscall.Handle(fd), self, &own, 0, false, syscall.DUPLICATE_SAME_ACCESS)
	return uintptr(own), err
}
