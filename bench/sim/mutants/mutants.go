// Package mutants has mistakes that somebody could make in the program, each one a few
// lines of a source file and what would stand there in their place. The simulation must
// find every one of them: see docs/sim.md.
//
// No source of the program knows of them. Overlay writes altered copies of the files,
// all mistakes in them, each behind a switch, for `go build -overlay`; one program has
// all mistakes, and makes the one that is chosen.
package mutants

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Mutant is one mistake.
type Mutant struct {
	Name string
	Says string // what the mistake is
	File string // relative to the root of the sources
	Old  string // lines of the file, which must be in it once
	// New is what stands there with the mistake. It is code for the place of Old, in
	// which MISTAKE is the switch.
	New string
	// By names an invariant that must catch it.
	By string
}

// switchName stands in Mutant.New for the switch.
const switchName = "MISTAKE"

// chosenPackage has the switch.
const chosenPackage = "github.com/f510b0cf/till/bench/sim/mutants/chosen"

// ErrOutOfStep says that a mistake does not fit the sources any more.
var ErrOutOfStep = errors.New("the lines that the mistake is about are not in the file, or more than once: adapt it in bench/sim/mutants")

// Sources returns the files in which mistakes are, altered, by their names relative to
// root.
func Sources(root string) (map[string]string, error) {
	altered := map[string]string{}
	for _, m := range All() {
		text, ok := altered[m.File]
		if !ok {
			content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
			if err != nil {
				return nil, fmt.Errorf("read source: %w", err)
			}
			text = importing(string(content))
		}
		if strings.Count(text, m.Old) != 1 {
			return nil, fmt.Errorf("alter %s for %s: %w", m.File, m.Name, ErrOutOfStep)
		}
		is := fmt.Sprintf("seeded.Is(%q)", m.Name)
		altered[m.File] = strings.Replace(text, m.Old, strings.ReplaceAll(m.New, switchName, is), 1)
	}
	return altered, nil
}

var packageClause = regexp.MustCompile(`(?m)^package \w+$`)

// importing adds the import of the switch behind the package clause.
func importing(text string) string {
	clause := packageClause.FindString(text)
	return strings.Replace(text, clause, fmt.Sprintf("%s\n\nimport seeded %q\n", clause, chosenPackage), 1)
}

// Overlay writes the altered files to dir, and returns the file to give to
// `go build -overlay`.
func Overlay(root, dir string) (file string, err error) {
	altered, err := Sources(root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range altered {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(path, []byte(text), fileMode); err != nil {
			return "", err
		}
		replace[filepath.Join(root, filepath.FromSlash(name))] = path
	}
	content, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, content, fileMode)
}

const fileMode = 0o600
