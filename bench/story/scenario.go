package story

import (
	"fmt"
	"slices"
	"strings"
)

// Scenario is a story as it is played: one row of a file.
type Scenario struct {
	Name  string // path of the file without its ending, with the row in brackets where there is a table
	File  string // path
	Title string
	About string // the comment at the head of the file
	Tags  []string
	Row   string // of the table; empty where there is none
	Steps []Step
}

// Has reports whether the scenario has one of the tags.
func (s Scenario) Has(tags []string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(s.Tags, t) })
}

// Step is a part of a story.
type Step struct {
	Name   string // for programs
	Title  string
	Blocks []Block
}

// Block is a run of lines and the result that they come to, where that is told.
type Block struct {
	Lines []Line
	Wants []Want
	End   int // number of the last line of the block, results included
}

// Line is a line of a file, with its variables filled in: a verb with arguments, and
// what happens behind #.
type Line struct {
	File   string
	Number int
	Text   string
}

// Want is the result of a block, for some rows of the table.
type Want struct {
	Rows   []string // none is all that have no result of their own
	Lines  []string
	Number int // of the first line
}

// want returns the result that a row is to come to.
func (b Block) want(row string) (Want, bool) {
	var all Want
	found := false
	for _, w := range b.Wants {
		if slices.Contains(w.Rows, row) {
			return w, true
		}
		if len(w.Rows) == 0 {
			all, found = w, true
		}
	}
	return all, found
}

// pinless are the verbs among whose arguments no PIN can be.
var pinless = []string{"expect", "show", "fault", "pull", "kill", "line", "terminal"}

// Masked returns the line as reports show it: PINs are not told.
func (l Line) Masked() string {
	command, what, commented := strings.Cut(l.Text, "#")
	words := strings.Fields(command)
	if len(words) > 0 && !slices.Contains(pinless, words[0]) {
		for i, word := range words {
			name, value, option := strings.Cut(word, "=")
			switch {
			case option && digits(value):
				words[i] = name + "=****"
			case digits(word):
				words[i] = "****"
			}
		}
	}
	if command = strings.Join(words, " "); commented {
		command += " # " + strings.TrimSpace(what)
	}
	return command
}

// The length of PINs. ISO 9564-1.
const (
	pinMin = 4
	pinMax = 12
)

// digits reports whether a word may be a PIN.
func digits(word string) bool {
	return len(word) >= pinMin && len(word) <= pinMax && strings.Trim(word, "0123456789") == ""
}

// FileError says what is wrong with a line of a file.
type FileError struct {
	File   string
	Number int
	Err    error
}

// Error returns place and cause.
func (e *FileError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Number, e.Err) }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }
