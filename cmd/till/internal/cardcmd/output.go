package cardcmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/hardware/card"
)

// output is a file that appears under its name as a whole or not at all.
type output struct {
	path  string
	write func(temporary string) error // makes the file, which is not there yet
}

// writeAll writes files beside their places and then moves all of them there.
// Where one can not be written, none is there. Files that are there already are
// replaced only with force.
func writeAll(force bool, files []output) (err error) {
	for i, f := range files {
		if err := f.checkPlace(force); err != nil {
			return err
		}
		for _, other := range files[:i] {
			if filepath.Clean(other.path) == filepath.Clean(f.path) {
				return fmt.Errorf("write %s: it is named twice: give each output a file of its own", f.path)
			}
		}
	}
	temporary := make([]string, len(files))
	for i, f := range files {
		folder, err := os.MkdirTemp(filepath.Dir(f.path), ".till-*")
		if err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
		defer os.RemoveAll(folder)
		temporary[i] = filepath.Join(folder, filepath.Base(f.path))
		if err := f.write(temporary[i]); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	for i, f := range files {
		if err := os.Rename(temporary[i], f.path); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}

// checkPlace reports whether the file may be written.
func (o output) checkPlace(force bool) error {
	if _, err := os.Stat(filepath.Dir(o.path)); err != nil {
		return fmt.Errorf("write %s: the folder is not there: make it, or name another file", o.path)
	}
	info, err := os.Lstat(o.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("write %s: it is a folder: name a file", o.path)
	case !isFile(o.path):
		return fmt.Errorf("write %s: it is a device or a pipe: name a file", o.path)
	case !force:
		return fmt.Errorf("write %s: the file is there already: --force replaces it", o.path)
	}
	// A card that somebody uses is not pulled from under them.
	f, err := card.OpenFile(o.path)
	if errors.Is(err, card.ErrInUse) {
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	if err == nil {
		return f.Close()
	}
	return nil
}

// isFile reports whether what is there is a file, or a link to one or to nothing.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// writeDurable writes a new file and returns when it is on its disk.
func writeDurable(path string, mode fs.FileMode, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
