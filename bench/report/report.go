// Package report writes what became of scenarios: for build servers, for programs, and
// as a page for people. Nothing that it writes is secret: events are masked, and PINs in
// lines of scenarios are not told.
package report

import (
	"strings"
	"time"

	"github.com/f510b0cf/till/bench/suite"
)

// Report is a run of scenarios.
type Report struct {
	Results  []suite.Result // in any order
	Unplayed []suite.Play   // that were to be played when the run was called off
	Began    time.Time
	Took     time.Duration
	Last     *Last // the run before; nil is none
}

// timeFormat is how times are told to people.
const timeFormat = "2006-01-02 15:04:05 UTC"

// failed counts the scenarios that failed.
func (r *Report) failed() (n int) {
	for _, one := range r.Results {
		if one.Err != nil {
			n++
		}
	}
	return n
}

// split returns the folder and the name of a scenario, for reports with two levels.
func split(name string) (class, short string) {
	row := ""
	if i := strings.IndexByte(name, '['); i >= 0 {
		name, row = name[:i], name[i:]
	}
	class, short = "scenarios", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		class, short = strings.ReplaceAll(name[:i], "/", "."), name[i+1:]
	}
	return class, short + row
}
