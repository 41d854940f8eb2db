package simcmd

import (
	"fmt"
	"io"

	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// batch is what came of many runs, for people and as JSON.
type batch struct {
	Name     string    `json:"name"`
	Runs     int       `json:"runs"`
	Changes  int       `json:"pin_changes,omitempty"` // that came to a chip
	Seconds  float64   `json:"seconds,omitempty"`
	Hash     string    `json:"hash,omitempty"` // of one run: of everything that happened
	Failures []failure `json:"failures"`
}

// String is the line about the runs.
func (b batch) String() string {
	verdict := "all invariants held"
	if len(b.Failures) > 0 {
		verdict = fmt.Sprintf("%d failed", len(b.Failures))
	}
	runs := "runs"
	if b.Runs == 1 {
		runs = "run"
	}
	return fmt.Sprintf("%s: %d %s, %.0f a second: %s", b.Name, b.Runs, runs, float64(b.Runs)/b.Seconds, verdict)
}

// failure is a run that failed.
type failure struct {
	Seed       uint64          `json:"seed"`
	Profile    string          `json:"profile"`
	Acts       string          `json:"acts"`
	Plan       string          `json:"plan"`
	Violations []sim.Violation `json:"violations"`
	Error      string          `json:"error,omitempty"` // of the machinery
	Hash       string          `json:"hash"`
	Command    string          `json:"command"` // that plays it again
}

func failures(r sim.Result) []failure {
	if !r.Failed() {
		return []failure{}
	}
	c := r.Config
	f := failure{Seed: c.Seed, Profile: c.Profile, Acts: c.Acts.String(), Plan: c.Plan.String(), Violations: r.Violations, Hash: r.Hash, Command: c.Command()}
	if r.Err != nil {
		f.Error = r.Err.Error()
	}
	return []failure{f}
}

// tell tells of a run that failed.
func tell(w io.Writer, r sim.Result) {
	for _, v := range r.Violations {
		fmt.Fprintf(w, "FAIL %s at %s: %s\n", v.Invariant, v.At, v.What)
	}
	if r.Err != nil {
		fmt.Fprintf(w, "FAIL the run itself: %v\n", r.Err)
	}
	for _, f := range r.Config.Plan {
		fmt.Fprintf(w, "     fault: %s\n", f)
	}
	fmt.Fprintf(w, "     again: %s\n", r.Config.Command())
}

// progress tells on a terminal how far the runs are. Elsewhere it is quiet.
type progress struct {
	out   io.Writer
	name  string
	quiet bool
}

// clearLine goes to the start of the line and clears it. ECMA-48.
const clearLine = "\r\x1b[K"

// tellEvery is after how many runs it tells.
const tellEvery = 20

func newProgress(w io.Writer) *progress { return &progress{out: w, quiet: cli.Width(w) == 0} }

func (p *progress) begin(name string) { p.name = name }

func (p *progress) tell(runs int) {
	if !p.quiet && runs%tellEvery == 0 {
		fmt.Fprintf(p.out, "%s%s: %d runs", clearLine, p.name, runs)
	}
}

func (p *progress) clear() {
	if !p.quiet {
		fmt.Fprint(p.out, clearLine)
	}
}
