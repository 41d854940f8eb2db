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

// OutFile is a file that appears under its name as a whole or not at all. A device or
// a pipe that has the name takes what is written as it comes. The zero OutFile writes
// nothing.
type OutFile struct {
	what, path string
	file       *os.File
	becomes    string // the name that the file gets; none where it has it already
}

// CreateOutFile makes sure that a file can be written before anything is done that
// can not be undone. what is what it holds, for errors. Without a path there is none.
func CreateOutFile(what, path string) (*OutFile, error) {
	if path == "" {
		return &OutFile{}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("write %s %s: it is a folder: name a file", what, path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, outFileError(what, path, err)
		}
		return &OutFile{what: what, path: path, file: f}, nil
	}
	becomes := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		becomes = real // the link stays
	}
	f, err := os.CreateTemp(filepath.Dir(becomes), ".till-"+what+"-*")
	if err != nil {
		return nil, outFileError(what, path, err)
	}
	return &OutFile{what: what, path: path, file: f, becomes: becomes}, nil
}

// Path returns the name of the file.
func (f *OutFile) Path() string { return f.path }

// Write has the content written and gives the file its name.
func (f *OutFile) Write(content func(io.Writer) error) error {
	if f.file == nil {
		return nil
	}
	w := bufio.NewWriter(f.file)
	err := content(w)
	if err = errors.Join(err, w.Flush(), f.file.Close()); err == nil && f.becomes != "" {
		err = os.Rename(f.file.Name(), f.becomes)
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
	if f.file == nil {
		return
	}
	_ = f.file.Close()
	if f.becomes != "" {
		_ = os.Remove(f.file.Name()) // not there any more where it was written
	}
}
