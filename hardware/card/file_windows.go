package card

import (
	"errors"
	"os"
	"syscall"
)

// errSharingViolation is ERROR_SHARING_VIOLATION.
const errSharingViolation = syscall.Errno(32)

// openLocked opens a file to read and write that nobody else may open
// meanwhile.
func openLocked(path string, flag int) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	disposition := uint32(syscall.OPEN_EXISTING)
	if flag&os.O_CREATE != 0 {
		disposition = syscall.CREATE_NEW
	}
	const access, shareMode = syscall.GENERIC_READ | syscall.GENERIC_WRITE, 0
	h, err := syscall.CreateFile(name, access, shareMode, nil, disposition, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		err = ErrInUse
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// exchange puts the file next, which lies at from, in place of the file now at to,
// and returns the one that is open then. An open file can not be replaced, so both
// are closed before, and another process may take the card meanwhile: that is an
// error, and loses nothing.
func exchange(now, next *os.File, from, to string) (*os.File, error) {
	if err := errors.Join(now.Close(), next.Close()); err != nil {
		return now, err
	}
	if err := os.Rename(from, to); err != nil {
		return now, err
	}
	opened, err := openLocked(to, 0)
	if err != nil {
		return now, err
	}
	return opened, nil
}
