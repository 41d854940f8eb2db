package conformance_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// statement is one line of a case file: a verb with what follows it.
type statement struct {
	verb, rest string
	where      string // file and line
}

// family is what one file holds.
type family struct{ code, title string }

// source is a case or a set-up as it is written: what it begins with and its
// statements.
type source struct {
	id         string
	family     family
	statements []statement
}

// item is one line of a dialogue: what the kernel does, and the answer.
type item struct {
	side   string // ">" a command, "?" a question to cardholder or host
	expect string
	answer string
	where  string
}

// object is a data object of a card, its value still written out.
type object struct{ tag, value string }

// definition is a case with all that it inherits.
type definition struct {
	id, title, section, public, known string
	family                            family
	twin, bit                         string // the case that differs in this one bit: "TVR 1.8"
	goTest                            string // the function that carries the case out, where no dialogue does

	values   map[string]string   // named bytes
	lists    map[string][]object // named lists of data objects
	steps    map[string][]item
	order    []string // of the steps
	terminal map[string]string
	tx       map[string]string
	expect   map[string]string
}

// library is all that the files hold.
type library struct {
	setups map[string]source
	cases  []source
}

// loadLibrary reads the case files of a folder in the order of their names.
func loadLibrary(t testing.TB, dir string) library {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	require.NoError(t, err)
	l := library{setups: map[string]source{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, l.read(filepath.Base(file), string(text)))
	}
	return l
}

// read adds the set-ups and cases of one file.
func (l *library) read(file, text string) error {
	var of family
	var current *source
	var rows []statement
	flush := func() error {
		if current == nil {
			return nil
		}
		return l.add(*current, rows)
	}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		s := parseStatement(line, fmt.Sprintf("%s:%d", file, n+1))
		switch s.verb {
		case "family":
			code, title, _ := strings.Cut(s.rest, " ")
			of = family{code, strings.TrimSpace(title)}
		case "setup", "case":
			if err := flush(); err != nil {
				return err
			}
			current, rows = &source{id: s.rest, family: of, statements: []statement{s}}, nil
		case "|":
			rows = append(rows, s)
		default:
			if current == nil {
				return fmt.Errorf("%s: a statement outside case and setup", s.where)
			}
			if rows != nil {
				return fmt.Errorf("%s: a statement behind rows", s.where)
			}
			current.statements = append(current.statements, s)
		}
	}
	return flush()
}

// add keeps a set-up, a case, or the cases that the rows of one make.
func (l *library) add(s source, rows []statement) error {
	first := s.statements[0]
	s.statements = s.statements[1:]
	if first.verb == "setup" {
		if _, twice := l.setups[s.id]; twice || rows != nil {
			return fmt.Errorf("%s: setup %s is there twice or has rows", first.where, s.id)
		}
		l.setups[s.id] = s
		return nil
	}
	if rows == nil {
		l.cases = append(l.cases, s)
		return nil
	}
	for _, row := range rows {
		cells := strings.SplitN(row.rest, "|", 3)
		if len(cells) != 3 {
			return fmt.Errorf("%s: want | id | title | statements", row.where)
		}
		one := source{id: s.id + "." + strings.TrimSpace(cells[0]), family: s.family, statements: slices.Clone(s.statements)}
		one.statements = append(one.statements, statement{"title+", strings.TrimSpace(cells[1]), row.where})
		for part := range strings.SplitSeq(cells[2], ";") {
			if part = strings.TrimSpace(part); part != "" {
				one.statements = append(one.statements, parseStatement(part, row.where))
			}
		}
		l.cases = append(l.cases, one)
	}
	return nil
}

func parseStatement(line, where string) statement {
	verb, rest, _ := strings.Cut(line, " ")
	return statement{verb, strings.TrimSpace(rest), where}
}

// define works out a case.
func (l *library) define(s source) (*definition, error) {
	d := &definition{
		id: s.id, family: s.family, values: map[string]string{}, lists: map[string][]object{},
		steps: map[string][]item{}, terminal: map[string]string{}, tx: map[string]string{}, expect: map[string]string{},
	}
	return d, l.apply(d, s.statements)
}

// apply carries statements out in turn.
func (l *library) apply(d *definition, statements []statement) error {
	step := ""
	for _, s := range statements {
		err := error(nil)
		switch s.verb {
		case "like":
			setup, ok := l.setups[s.rest]
			if !ok {
				return fmt.Errorf("%s: no setup %s", s.where, s.rest)
			}
			err = l.apply(d, setup.statements)
		case "step":
			step = s.rest
			d.steps[step] = nil
		case ">", "?":
			d.steps[step] = append(d.steps[step], item{side: s.verb, expect: s.rest, where: s.where})
		case "<", "!":
			err = answerLast(d.steps[step], s)
		default:
			err = d.state(s)
		}
		if err != nil {
			return fmt.Errorf("%s: %s %s: %w", s.where, s.verb, s.rest, err)
		}
	}
	return nil
}

// answerLast gives the last item of a step its answer.
func answerLast(items []item, s statement) error {
	if len(items) == 0 || items[len(items)-1].answer != "" {
		return fmt.Errorf("an answer to nothing")
	}
	items[len(items)-1].answer = s.rest
	return nil
}

// state carries out a statement that says something about the case itself.
func (d *definition) state(s statement) error {
	if value, ok := strings.CutPrefix(s.rest, "="); ok {
		d.values[s.verb] = strings.TrimSpace(value)
		return nil
	}
	switch s.verb {
	case "title":
		d.title = s.rest
	case "title+":
		d.title = strings.TrimSpace(d.title + " " + s.rest)
	case "ref":
		d.section = s.rest
	case "public":
		d.public = s.rest
	case "known:":
		d.known = s.rest
	case "go":
		d.goTest = s.rest
	case "twin":
		d.twin, d.bit, _ = strings.Cut(s.rest, " ")
	case "put", "add", "cut":
		return d.edit(s)
	case "terminal":
		return assign(d.terminal, s.rest)
	case "tx":
		return assign(d.tx, s.rest)
	case "expect":
		return assign(d.expect, s.rest)
	case "steps":
		d.order = strings.Fields(s.rest)
	case "upto", "drop", "before", "after":
		return d.reorder(s)
	default:
		return fmt.Errorf("no such statement")
	}
	return nil
}

// edit changes a list of data objects: put replaces one in its place or appends
// it, add appends it, cut takes it away.
func (d *definition) edit(s statement) error {
	words := fields(s.rest)
	name := words[0]
	list := slices.Clone(d.lists[name])
	for _, word := range words[1:] {
		tag, value, _ := strings.Cut(word, "=")
		at := slices.IndexFunc(list, func(o object) bool { return o.tag == tag })
		switch {
		case s.verb == "cut" && at < 0:
			return fmt.Errorf("%s is not there", tag)
		case s.verb == "cut":
			list = slices.Delete(list, at, at+1)
		case s.verb == "put" && at >= 0:
			list[at].value = value
		default:
			list = append(list, object{tag, value})
		}
	}
	d.lists[name] = list
	return nil
}

// reorder changes the order of the steps.
func (d *definition) reorder(s statement) error {
	words := strings.Fields(s.rest)
	at := slices.Index(d.order, words[0])
	if at < 0 {
		return fmt.Errorf("no step of that name in %v", d.order)
	}
	order := slices.Clone(d.order)
	switch s.verb {
	case "upto":
		order = order[:at+1]
	case "drop":
		order = slices.Delete(order, at, at+1)
	case "before":
		order = slices.Insert(order, at, words[1:]...)
	case "after":
		order = slices.Insert(order, at+1, words[1:]...)
	}
	d.order = order
	return nil
}

// assign reads words of the form key=value into a map.
func assign(into map[string]string, text string) error {
	for _, word := range fields(text) {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("want key=value, have %s", word)
		}
		into[key] = strings.Trim(value, `"`)
	}
	return nil
}

// fields splits at spaces outside quotation marks.
func fields(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

// dialogue returns the items of all steps in order.
func (d *definition) dialogue() ([]item, error) {
	var all []item
	for _, name := range d.order {
		items, ok := d.steps[name]
		if !ok {
			return nil, fmt.Errorf("%s: no step %s, have %v", d.id, name, slices.Sorted(maps.Keys(d.steps)))
		}
		all = append(all, items...)
	}
	return all, nil
}
