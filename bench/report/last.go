package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/f510b0cf/till/bench/suite"
)

// lastBytesMax bounds the report of a run before, in bytes.
const lastBytesMax = 1 << 30

// Last is the run before, as its JSON report tells of it.
type Last struct {
	began     string
	scenarios map[string]scenario // by name
}

// ReadLast reads the JSON report of the run before.
func ReadLast(r io.Reader) (*Last, error) {
	var d document
	if err := json.NewDecoder(io.LimitReader(r, lastBytesMax)).Decode(&d); err != nil {
		return nil, fmt.Errorf("read report of the last run: %w: want a file that --json wrote", err)
	}
	l := &Last{began: d.Began.UTC().Format(timeFormat), scenarios: map[string]scenario{}}
	for _, s := range d.Scenarios {
		if was, ok := l.scenarios[s.Name]; !ok || was.OK { // of several rounds, one that failed
			l.scenarios[s.Name] = s
		}
	}
	return l, nil
}

// The verdicts on a scenario beside its last run.
const (
	newlyFailed = "newly failed"
	stillFailed = "failed before, too"
	mended      = "failed before"
	isNew       = "new"
	changed     = "changed"
)

// verdict says how a scenario differs from its last run; empty where it does not.
func (l *Last) verdict(r suite.Result) string {
	if l == nil {
		return ""
	}
	was, ok := l.scenarios[r.Scenario.Name]
	switch {
	case !ok:
		return isNew
	case was.OK && r.Err != nil:
		return newlyFailed
	case !was.OK && r.Err != nil:
		return stillFailed
	case !was.OK:
		return mended
	case len(l.changes(r)) > 0:
		return changed
	}
	return ""
}

// change is a line whose result is another than in the last run.
type change struct {
	Where, Text string
	Was, Is     string
}

// changesMax is how many lines are told of a scenario.
const changesMax = 20

// changes returns the lines of a scenario whose results are others. Lines are told by
// file, number and how often they came before, so that an edited file shows all that
// moved.
func (l *Last) changes(r suite.Result) (all []change) {
	if l == nil {
		return nil
	}
	was := map[string]string{}
	for _, s := range l.scenarios[r.Scenario.Name].Steps {
		for _, line := range s.Lines {
			was[at(line)] = came(line)
		}
	}
	for _, s := range scenarioOf(r).Steps {
		for _, line := range s.Lines {
			before, ok := was[at(line)]
			if ok && before != came(line) && len(all) < changesMax {
				all = append(all, change{fmt.Sprintf("%s:%d", line.File, line.Number), line.Text, before, came(line)})
			}
		}
	}
	return all
}

// at says where a line stands.
func at(l line) string { return fmt.Sprintf("%s:%d %s", l.File, l.Number, l.Text) }

// came is what a line came to.
func came(l line) string {
	if l.Error != "" {
		return l.Error
	}
	return strings.Join(l.Result, "\n")
}

// gone returns the scenarios of the last run that were not played.
func (l *Last) gone(results []suite.Result) (names []string) {
	if l == nil {
		return nil
	}
	for name := range l.scenarios {
		if !slices.ContainsFunc(results, func(r suite.Result) bool { return r.Scenario.Name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Differences says in a line how the run differs from the last one; empty where there
// was none.
func (r *Report) Differences() string {
	if r.Last == nil {
		return ""
	}
	counts := map[string]int{}
	for _, one := range r.Results {
		counts[r.Last.verdict(one)]++
	}
	parts := []string{}
	for _, name := range []string{newlyFailed, stillFailed, mended, changed, isNew} {
		if n := counts[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	if n := len(r.Last.gone(r.Results)); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not played", n))
	}
	if len(parts) == 0 {
		parts = []string{"no difference"}
	}
	return "since " + r.Last.began + ": " + strings.Join(parts, ", ")
}
