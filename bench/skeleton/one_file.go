package skeleton

import (
	"bytes"
	"io/fs"
)

// oneFile is a file system with nothing but a file of that content, whatever its
// name.
type oneFile []byte

// Open opens the file.
func (f oneFile) Open(string) (fs.File, error) { return opened{bytes.NewReader(f)}, nil }

// opened is the file.
type opened struct{ *bytes.Reader }

// Stat tells nothing: the file is read, and that is all.
func (opened) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

// Close does nothing.
func (opened) Close() error { return nil }
