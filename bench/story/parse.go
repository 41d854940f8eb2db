package story

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/testdata"
)

// The endings of files: scenarios, and what they include.
const (
	Suffix        = ".till"
	IncludeSuffix = ".inc"
)

// resultMark stands between the lines of a block and its result.
const resultMark = "----"

// Bounds of files.
const (
	fileBytesMax   = 1 << 20
	includeMax     = 8 // files within each other
	rowsMax        = 200
	scenarioFolder = "scenarios"
)

// BuiltIn returns the scenarios that are part of the program.
func BuiltIn() fs.FS {
	all, err := fs.Sub(testdata.Scenarios, scenarioFolder)
	if err != nil {
		panic(err) // the name is a constant
	}
	return all
}

// File is a scenario file, read and checked.
type File struct {
	Name      string
	Scenarios []Scenario // one for each row of the table; one where there is none
	text      string
	blocks    []Block // of the file itself, in order, as each row has them
	rows      []string
}

// Load reads a scenario file. Files that it includes lie beside it, or are part of
// the program. The error is a FileError where a line is wrong.
func Load(fsys fs.FS, name string) (*File, error) {
	text, err := readFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("load scenario: %w", err)
	}
	return Parse(fsys, name, text)
}

// readFile reads a file that is not too long.
func readFile(fsys fs.FS, name string) (string, error) {
	content, err := fs.ReadFile(fsys, name)
	if err == nil && len(content) > fileBytesMax {
		err = fmt.Errorf("%s has more than %d bytes", name, fileBytesMax)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n"), err
}

// Parse reads the text of a scenario file.
func Parse(fsys fs.FS, name, text string) (*File, error) {
	head := &reader{fsys: fsys, values: map[string]string{}, headOnly: true}
	if err := head.read(name, text); err != nil {
		return nil, err
	}
	rows := head.table.rows
	if len(rows) == 0 {
		rows = [][]string{nil}
	}
	f := &File{Name: name, text: text}
	names := rowNames(head.table.columns, rows)
	for n, row := range rows {
		r := &reader{fsys: fsys, values: map[string]string{}, row: names[n], rowNames: names}
		for i, column := range head.table.columns {
			r.values[column] = row[i]
		}
		if err := r.read(name, text); err != nil {
			return nil, err
		}
		if len(r.scenario.Steps) == 0 || !slices.ContainsFunc(r.scenario.Steps, func(s Step) bool { return len(s.Blocks) > 0 }) {
			return nil, &FileError{name, 1, errors.New("nothing is done here: `till bench new` writes a scenario to begin with")}
		}
		s := r.scenario
		s.File, s.Row, s.Name = name, r.row, strings.TrimSuffix(name, Suffix)
		if s.Row != "" {
			s.Name += "[" + s.Row + "]"
		}
		if s.Title == "" {
			s.Title = strings.TrimSuffix(path.Base(name), Suffix)
		}
		for i := range s.Steps {
			if s.Steps[i].Title == "" {
				s.Steps[i].Title = s.Title
			}
		}
		f.Scenarios, f.rows, f.blocks = append(f.Scenarios, s), append(f.rows, r.row), r.own
	}
	return f, nil
}

// rowNames names rows by their values, and by their numbers where a value is a PIN:
// names stand in reports.
func rowNames(columns []string, rows [][]string) []string {
	names := make([]string, len(rows))
	for i, row := range rows {
		shown := slices.Clone(row)
		for n := range shown {
			if secretive(columns[n]) {
				shown[n] = strconv.Itoa(i + 1)
			}
		}
		names[i] = strings.Join(shown, "/")
	}
	return names
}

// secretive reports whether a variable may hold a PIN, by its name.
func secretive(name string) bool { return strings.Contains(name, "pin") }

// reader reads a file, and those that it includes, for one row of its table.
type reader struct {
	fsys     fs.FS
	values   map[string]string
	headOnly bool // only the table is of interest
	row      string
	rowNames []string
	table    struct {
		columns []string
		rows    [][]string
	}

	scenario Scenario
	own      []Block // of the outermost file
	block    *Block
	want     *Want
	depth    int
	began    bool // a verb came
}

// read reads one file.
func (r *reader) read(name, text string) error {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if err := r.line(Line{File: name, Number: i + 1, Text: line}); err != nil {
			if located := (*FileError)(nil); errors.As(err, &located) {
				return err
			}
			return &FileError{name, i + 1, err}
		}
	}
	r.endBlock(len(lines))
	return nil
}

// line takes in a line.
func (r *reader) line(l Line) error {
	trimmed := strings.TrimSpace(l.Text)
	switch {
	case trimmed == "":
		r.endBlock(l.Number - 1)
		return nil
	case strings.HasPrefix(trimmed, resultMark):
		return r.result(trimmed, l.Number)
	case r.want != nil:
		r.want.Lines = append(r.want.Lines, strings.TrimRight(l.Text, " \t"))
		return nil
	case strings.HasPrefix(trimmed, "#"):
		if !r.began && r.depth == 0 {
			r.scenario.About = strings.TrimSpace(r.scenario.About + " " + strings.TrimSpace(strings.TrimPrefix(trimmed, "#")))
		}
		return nil
	}
	words := strings.Fields(trimmed)
	if d, ok := directives()[words[0]]; ok {
		r.endBlock(l.Number - 1)
		return d.read(r, l, words[1:])
	}
	return r.command(l, trimmed)
}

// command takes in a line with a verb.
func (r *reader) command(l Line, text string) error {
	r.began = true
	if r.headOnly {
		return nil
	}
	text, err := r.fill(text)
	if err != nil {
		return err
	}
	if _, err := parseLine(text); err != nil {
		return err
	}
	if r.block == nil {
		r.block = &Block{}
	}
	l.Text = text
	r.block.Lines = append(r.block.Lines, l)
	return nil
}

// result begins the result of a block.
func (r *reader) result(mark string, number int) error {
	if r.headOnly {
		r.want = &Want{}
		return nil
	}
	switch {
	case r.block == nil:
		return errors.New("a result has no command before it: put `----` right below the lines that it belongs to")
	case r.depth > 0:
		return errors.New("a file that is included has no results, since those of its users differ: use `expect`")
	}
	r.endWant()
	r.want = &Want{Number: number + 1}
	others := func(is func(Want) bool) bool { return slices.ContainsFunc(r.block.Wants, is) }
	if names := strings.TrimSpace(strings.TrimPrefix(mark, resultMark)); names != "" {
		for name := range strings.SplitSeq(names, ",") {
			name = strings.TrimSpace(name)
			if !slices.Contains(r.rowNames, name) {
				return fmt.Errorf("the table has no row %q: want some of %s", name, strings.Join(r.rowNames, ", "))
			}
			if slices.Contains(r.want.Rows, name) || others(func(w Want) bool { return slices.Contains(w.Rows, name) }) {
				return fmt.Errorf("the row %s has a result already", name)
			}
			r.want.Rows = append(r.want.Rows, name)
		}
		return nil
	}
	if others(func(w Want) bool { return len(w.Rows) == 0 }) {
		return errors.New("the block has a result for all rows already: name rows behind `----`")
	}
	return nil
}

// endWant ends the result that is being read.
func (r *reader) endWant() {
	if r.want != nil && r.block != nil {
		r.block.Wants = append(r.block.Wants, *r.want)
	}
	r.want = nil
}

// endBlock ends the block that is being read.
func (r *reader) endBlock(number int) {
	r.endWant()
	if r.block == nil {
		return
	}
	r.block.End = number
	if len(r.scenario.Steps) == 0 {
		r.scenario.Steps = []Step{{Name: "play"}}
	}
	last := &r.scenario.Steps[len(r.scenario.Steps)-1]
	last.Blocks = append(last.Blocks, *r.block)
	if r.depth == 0 {
		r.own = append(r.own, *r.block)
	}
	r.block = nil
}
