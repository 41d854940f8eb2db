package story

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Directive is a line of a file that is no verb: it says how the file is read.
type Directive struct {
	Usage string
	Doc   string // one sentence
	read  func(r *reader, l Line, words []string) error
}

// Directives returns how files are read, by the first words of lines.
func Directives() map[string]Directive { return directives() }

func directives() map[string]Directive {
	return map[string]Directive{
		"title":   {"TEXT", "Names the scenario.", readTitle},
		"tags":    {"TAG...", "Gives it tags, for `--tags`.", readTags},
		"set":     {"NAME=VALUE...", "Sets variables, which lines below have as $NAME; one that is set already, by a table or by who includes the file, stays.", readSet},
		"table":   {"NAME...", "Begins a table: the scenario is played once for each `row`.", readTable},
		"row":     {"VALUE...", "Is a row of the table, one value for each of its names.", readRow},
		"step":    {"NAME TITLE", "Begins a step, for reports.", readStep},
		"include": {"FILE [NAME=VALUE...]", "Plays another file here, with variables for it: beside this one, or built in.", readInclude},
	}
}

func readTitle(r *reader, _ Line, words []string) (err error) {
	if r.depth > 0 || r.headOnly {
		return nil
	}
	r.scenario.Title, err = r.fillTitle(strings.Join(words, " "))
	return err
}

func readTags(r *reader, _ Line, words []string) error {
	if len(words) == 0 {
		return errors.New("want at least one tag: `tags pin delivery`")
	}
	r.scenario.Tags = append(r.scenario.Tags, words...)
	return nil
}

func readSet(r *reader, _ Line, words []string) error {
	values, err := r.assignments(words)
	for name, value := range values {
		if _, ok := r.values[name]; !ok {
			r.values[name] = value
		}
	}
	return err
}

// variable is what a variable may be called.
var variable = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// assignments reads NAME=VALUE words.
func (r *reader) assignments(words []string) (map[string]string, error) {
	values := map[string]string{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok || !variable.MatchString(name) {
			return nil, errors.New("want NAME=VALUE, the name of small letters, digits and dashes")
		}
		if r.headOnly {
			continue
		}
		filled, err := r.fill(value)
		if err != nil {
			return nil, err
		}
		values[name] = filled
	}
	return values, nil
}

func readTable(r *reader, _ Line, words []string) error {
	switch {
	case r.depth > 0:
		return errors.New("a file that is included has no table: put it into the file that includes it")
	case r.began || len(r.table.columns) > 0:
		return errors.New("want one table, before the first verb")
	case len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !variable.MatchString(w) }):
		return errors.New("want the names of the columns: `table profile terminal`")
	}
	r.table.columns = words
	return nil
}

func readRow(r *reader, _ Line, words []string) error {
	switch {
	case len(r.table.columns) == 0:
		return errors.New("a row has no table: put `table NAME...` above it")
	case len(words) != len(r.table.columns):
		return fmt.Errorf("the row has %s, the table %s: %s", count(len(words), "value"), count(len(r.table.columns), "name"), strings.Join(r.table.columns, " "))
	case len(r.table.rows) == rowsMax:
		return fmt.Errorf("a table has at most %d rows", rowsMax)
	case slices.ContainsFunc(r.table.rows, func(row []string) bool { return slices.Equal(row, words) }):
		return errors.New("the table has this row already")
	}
	r.table.rows = append(r.table.rows, words)
	return nil
}

func readStep(r *reader, _ Line, words []string) error {
	if len(words) < 2 {
		return errors.New("want a name for programs and a title: `step first-use The card is used`")
	}
	if r.headOnly {
		return nil
	}
	title, err := r.fillTitle(strings.Join(words[1:], " "))
	r.scenario.Steps = append(r.scenario.Steps, Step{Name: words[0], Title: title})
	return err
}

func readInclude(r *reader, l Line, words []string) error {
	r.began = true
	if r.headOnly {
		return nil
	}
	if len(words) == 0 {
		return errors.New("want the file to include")
	}
	if r.depth == includeMax {
		return fmt.Errorf("files include each other more than %d deep", includeMax)
	}
	values, err := r.assignments(words[1:])
	if err != nil {
		return err
	}
	file, err := r.fill(words[0])
	if err != nil {
		return err
	}
	name, text, err := r.find(path.Dir(l.File), file)
	if err != nil {
		return err
	}
	outer := r.values
	r.values, r.depth = values, r.depth+1
	err = r.read(name, text)
	r.values, r.depth = outer, r.depth-1
	return err
}

// find reads a file that is included.
func (r *reader) find(folder, name string) (found, text string, err error) {
	if beside := path.Join(folder, name); fs.ValidPath(beside) {
		if text, err = readFile(r.fsys, beside); err == nil {
			return beside, text, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
	}
	if text, err = readFile(BuiltIn(), path.Clean(name)); err != nil {
		return "", "", fmt.Errorf("include %s: it lies neither beside this file nor among those that come with the program", name)
	}
	return path.Clean(name), text, nil
}

// variableUse is a variable in a line.
var variableUse = regexp.MustCompile(`\$(\{[a-z][a-z0-9-]*\}|[a-z][a-z0-9-]*)`)

// fill fills variables in.
func (r *reader) fill(text string) (string, error) {
	return r.fillWith(text, func(_, value string) string { return value })
}

// fillTitle fills variables in where it is for reports: no PINs.
func (r *reader) fillTitle(text string) (string, error) {
	return r.fillWith(text, func(name, value string) string {
		if secretive(name) {
			return "****"
		}
		return value
	})
}

func (r *reader) fillWith(text string, shown func(name, value string) string) (string, error) {
	var missing []string
	filled := variableUse.ReplaceAllStringFunc(text, func(use string) string {
		name := strings.Trim(use, "${}")
		value, ok := r.values[name]
		if !ok {
			missing = append(missing, name)
		}
		return shown(name, value)
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("nothing sets $%s: use `set %s=VALUE` above, or name it where the file is included", missing[0], missing[0])
	}
	return filled, nil
}
