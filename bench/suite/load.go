package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/bench/story"
)

// File is a scenario file with where it lies.
type File struct {
	*story.File
	Path string // for people, and to write results to; empty for one that is part of the program
	FS   fs.FS  // of the folder that the file lies in, or of one above
}

// folder returns the folder of the file, for profiles.
func (f File) folder() (fs.FS, error) { return fs.Sub(f.FS, path.Dir(f.Name)) }

// BuiltIn loads the scenarios that are part of the program.
func BuiltIn() ([]File, error) { return walk(story.BuiltIn(), "") }

// Load loads the scenario files that paths name: files, or folders with all that lie
// below. The error names every file that is wrong.
func Load(paths ...string) (files []File, err error) {
	var errs []error
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			errs = append(errs, fmt.Errorf("load scenarios: %w", err))
			continue
		}
		if info.IsDir() {
			found, err := walk(os.DirFS(p), p)
			if err == nil && len(found) == 0 {
				err = fmt.Errorf("load scenarios: %s has no file whose name ends in %s", p, story.Suffix)
			}
			files, errs = append(files, found...), append(errs, err)
			continue
		}
		f, err := load(os.DirFS(filepath.Dir(p)), filepath.Base(p), p)
		files, errs = append(files, f), append(errs, err)
	}
	return files, errors.Join(errs...)
}

// walk loads all scenario files of a file system.
func walk(fsys fs.FS, root string) (files []File, err error) {
	var errs []error
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, story.Suffix) {
			return err
		}
		at := ""
		if root != "" {
			at = filepath.Join(root, filepath.FromSlash(name))
		}
		f, err := load(fsys, name, at)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		files = append(files, f)
		return nil
	})
	return files, errors.Join(append(errs, err)...)
}

// load loads one file. Errors name it as people know it.
func load(fsys fs.FS, name, at string) (File, error) {
	f, err := story.Load(fsys, name)
	if located := (*story.FileError)(nil); errors.As(err, &located) && at != "" && located.File == name {
		err = &story.FileError{File: at, Number: located.Number, Err: located.Err}
	}
	return File{File: f, Path: at, FS: fsys}, err
}
