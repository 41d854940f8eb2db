package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// OutFile is a file that appears under its name as a whole or not at all. The zero
// OutFile writes nothing.
type OutFile struct {
	what, path string
	temporary  *os.File
}

// CreateOutFile makes sure that a file can be written before anything is done that
// can not be undone. what is what it holds, for errors. Without a path there is none.
func CreateOutFile(what, path string) (*OutFile, error) {
	if path == "" {
		return &OutFile{}, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("write %s %s: it is a folder: name a file", what, path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".till-"+what+"-*")
	if err != nil {
		return nil, outFileError(what, path, err)
	}
	return &OutFile{what: what, path: path, temporary: f}, nil
}

// Path returns the name of the file.
func (f *OutFile) Path() string { return f.path }

// Write has the content written and gives the file its name.
func (f *OutFile) Write(content func(io.Writer) error) error {
	if f.temporary == nil {
		return nil
	}
	w := bufio.NewWriter(f.temporary)
	err := content(w)
	if err = errors.Join(err, w.Flush(), f.temporary.Close()); err == nil {
		err = os.Rename(f.temporary.Name(), f.path)
	}
	if err != nil {
		return Failed{Err: outFileError(f.what, f.path, err)}
	}
	return nil
}

// outFileError names the file that was asked for in place of the temporary one.
func outFileError(what, path string, err error) error {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	if inner := (*os.LinkError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("write %s %s: %w: name a file in a folder that is there and can be written to", what, path, err)
}

// Discard removes what is not finished.
func (f *OutFile) Discard() {
	if f.temporary != nil {
		_ = f.temporary.Close()
		_ = os.Remove(f.temporary.Name()) // not there any more where it was written
	}
}
