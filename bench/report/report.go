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
	results []suite.Result
	began   time.Time
	took    time.Duration
}

// New returns the report of results that came in any order.
func New(results []suite.Result, began time.Time, took time.Duration) *Report {
	return &Report{results: sorted(results), began: began, took: took}
}

// failed counts the scenarios that failed.
func (r *Report) failed() (n int) {
	for _, one := range r.results {
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
