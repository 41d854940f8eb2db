package card

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/durable"
)

// fileMode lets the owner alone read and write a card file.
const fileMode = 0o600

// replacementSuffix is what the name of a file ends in that is to take the place
// of a card file.
const replacementSuffix = ".new"

// ErrInUse says that another process, or this one, has the card file open.
var ErrInUse = errors.New("card is in use")

// File is a Medium that is a file. It is locked against a second opening until
// it is closed or its process ends, by whatever end. Replace puts a new file under
// its name; symbolic links to it keep their meaning, hard links do not.
type File struct {
	file *os.File
	path string // links resolved
}

// CreateFile makes an empty card file, which must not be there yet, with mode
// 0600. The file itself is durable on return; an error that wraps fs.ErrExist
// says that there is one.
func CreateFile(path string) (*File, error) {
	f, err := openLocked(path, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("create card file: %w", err)
	}
	if err := errors.Join(f.Sync(), durable.Folder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("create card file: %w", err), f.Close())
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create card file: %w", err), f.Close())
	}
	return &File{f, absolute}, nil
}

// OpenFile opens a card file. The error wraps ErrInUse where it is open already
// and fs.ErrNotExist where there is none.
func OpenFile(path string) (*File, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) { // as os.Open says it
		err = &fs.PathError{Op: "open", Path: path, Err: failed.Err}
	}
	if err != nil {
		return nil, fmt.Errorf("open card file: %w", err)
	}
	f, err := openCurrent(real)
	if err != nil {
		return nil, fmt.Errorf("open card file: %w", err)
	}
	// A replacement that a loss of power has left is nothing.
	if err := os.Remove(real + replacementSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("open card file: %w", err), f.Close())
	}
	return &File{f, real}, nil
}

// openCurrent opens and locks the file that has the name. Between the opening and
// the lock another process may have replaced it: then it is in use.
func openCurrent(path string) (*os.File, error) {
	f, err := openLocked(path, 0)
	if err != nil {
		return nil, err
	}
	named, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(named, opened) {
		return nil, errors.Join(ErrInUse, err, f.Close())
	}
	return f, nil
}

// ReadAt is that of io.ReaderAt.
func (f *File) ReadAt(p []byte, offset int64) (int, error) { return f.file.ReadAt(p, offset) }

// Append writes p at the end of the file.
func (f *File) Append(p []byte) error {
	end, err := f.Size()
	if err != nil {
		return err
	}
	_, err = f.file.WriteAt(p, end)
	return err
}

// Sync returns when the file is on its disk.
func (f *File) Sync() error { return f.file.Sync() }

// Truncate cuts the file off behind size bytes.
func (f *File) Truncate(size int64) error { return f.file.Truncate(size) }

// Replace writes p to a file beside this one, which then takes its name and its
// lock. After an error it must be opened again.
func (f *File) Replace(p []byte) error {
	beside := f.path + replacementSuffix
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next, err := openLocked(beside, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = next.WriteAt(p, 0)
	if err = errors.Join(err, next.Sync()); err != nil {
		return errors.Join(err, next.Close(), os.Remove(beside))
	}
	if f.file, err = exchange(f.file, next, beside, f.path); err != nil {
		return err
	}
	return durable.Folder(filepath.Dir(f.path))
}

// Size returns the length of the file in bytes.
func (f *File) Size() (int64, error) {
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Close releases the lock and closes the file.
func (f *File) Close() error { return f.file.Close() }
