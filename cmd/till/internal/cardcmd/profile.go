package cardcmd

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/testdata"
)

// builtIn returns the profiles that come with the program.
func builtIn() fs.FS {
	sub, err := fs.Sub(testdata.Profiles, "profiles")
	if err != nil {
		panic("cardcmd: embedded profiles: " + err.Error())
	}
	return sub
}

// builtInNames returns the names of the profiles that come with the program.
func builtInNames() []string {
	files, _ := fs.Glob(builtIn(), "*"+perso.Suffix) // the pattern is good
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, perso.Suffix)
	}
	slices.Sort(files) // by the names alone: "-" comes before "."
	return files
}

// isProfile reports whether an argument names a profile: one that comes with the
// program, or a file by its suffix.
func isProfile(name string) bool {
	return slices.Contains(builtInNames(), name) || strings.HasSuffix(name, perso.Suffix)
}

// loadProfile loads a profile that comes with the program, by its name, or one
// from a file, which may extend one of the same folder or of the program.
func loadProfile(name string) (perso.Profile, error) {
	if slices.Contains(builtInNames(), name) {
		return perso.Load(builtIn(), name+perso.Suffix)
	}
	if _, err := os.Stat(name); err != nil {
		return perso.Profile{}, fmt.Errorf("load profile: %w: give a file, or a name that `till card profiles` lists", err)
	}
	return perso.Load(either{os.DirFS(filepath.Dir(name)), builtIn()}, filepath.Base(name))
}

// either looks a file up in one file system and, where it is not there, in the
// next.
type either [2]fs.FS

// Open opens a file.
func (e either) Open(name string) (fs.File, error) {
	f, err := e[0].Open(name)
	if err == nil {
		return f, nil
	}
	if f, errNext := e[1].Open(name); errNext == nil {
		return f, nil
	}
	return nil, err
}
