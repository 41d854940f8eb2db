package card

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// fileMode lets the owner alone read and write a card file.
const fileMode = 0o600

// ErrInUse says that another process, or this one, has the card file open.
var ErrInUse = errors.New("card is in use")

// File is a Medium that is a file. It is locked against a second opening until
// it is closed or its process ends, by whatever end.
type File struct{ file *os.File }

// CreateFile makes an empty card file, which must not be there yet, with mode
// 0600. The file itself is durable on return; an error that wraps fs.ErrExist
// says that there is one.
func CreateFile(path string) (*File, error) {
	f, err := openLocked(path, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("create card file: %w", err)
	}
	if err := errors.Join(f.Sync(), syncDirectory(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("create card file: %w", err), f.Close())
	}
	return &File{file: f}, nil
}

// OpenFile opens a card file. The error wraps ErrInUse where it is open already
// and fs.ErrNotExist where there is none.
func OpenFile(path string) (*File, error) {
	f, err := openLocked(path, 0)
	if err != nil {
		return nil, fmt.Errorf("open card file: %w", err)
	}
	return &File{file: f}, nil
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
