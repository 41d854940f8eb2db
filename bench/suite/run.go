package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/emv/random"
)

// Start is when scenarios begin, on their own clocks.
var Start = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// Play is one scenario that is to be played.
type Play struct {
	File     File
	Scenario story.Scenario
	Seed     uint64
}

// Plays returns the scenarios of files, with a seed.
func Plays(files []File, seed uint64) (all []Play) {
	for _, f := range files {
		for _, s := range f.Scenarios {
			all = append(all, Play{f, s, seed})
		}
	}
	return all
}

// Result is what became of a scenario.
type Result struct {
	Play
	Began  time.Time
	Took   time.Duration
	Steps  []story.Report
	Events []timeline.Event
	Err    error // nil where it passed
}

// Config is how scenarios are played.
type Config struct {
	Jobs   int  // at a time; 0 is twice as many as there are processors
	Accept bool // results are taken as they come, to be written down
	Events bool // what travelled is kept, and how cards stand, for reports

	// As in story.Config; with a Socket or a Lab one job has the reader.
	RealTime bool
	Socket   func() (story.Socket, error)
	Lab      *story.Lab

	// Done is told each result, by one goroutine at a time. Where it returns false no
	// further scenario begins.
	Done func(Result) bool
}

// Run plays scenarios. It returns when all are over that have begun.
func Run(ctx context.Context, c Config, plays []Play) {
	jobs := c.Jobs
	if jobs == 0 {
		jobs = 2 * runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan Play)
	var telling sync.Mutex
	var group sync.WaitGroup
	for range min(jobs, len(plays)) {
		group.Go(func() {
			for p := range next {
				r := One(ctx, c, p)
				if ctx.Err() != nil && r.Err != nil {
					continue // called off
				}
				telling.Lock()
				if !c.Done(r) {
					stop()
				}
				telling.Unlock()
			}
		})
	}
	feed(ctx, next, plays)
	group.Wait()
}

// feed hands out what is to be played until ctx ends.
func feed(ctx context.Context, next chan<- Play, plays []Play) {
	defer close(next)
	for _, p := range plays {
		select {
		case next <- p:
		case <-ctx.Done():
			return
		}
	}
}

// One plays one scenario.
func One(ctx context.Context, c Config, p Play) Result {
	r := Result{Play: p, Began: time.Now()}
	r.Err = r.play(ctx, c)
	r.Took = time.Since(r.Began)
	return r
}

// play plays the scenario in a world of its own.
func (r *Result) play(ctx context.Context, c Config) (err error) {
	dir, err := os.MkdirTemp("", "till")
	if err != nil {
		return fmt.Errorf("play scenario: %w", err)
	}
	defer os.RemoveAll(dir)
	files, err := r.File.folder()
	if err != nil {
		return fmt.Errorf("play scenario: %w", err)
	}
	w, err := story.New(story.Config{
		Dir: dir, Source: random.Seeded(r.Seed), Start: Start, Files: files, Row: r.Scenario.Row, Accept: c.Accept, Watch: c.Events,
		RealTime: c.RealTime, Socket: c.Socket, Lab: c.Lab,
	})
	if err != nil {
		return fmt.Errorf("play scenario: %w", err)
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	err = w.Run(ctx, r.Scenario.Steps, func(report story.Report) error {
		r.Steps = append(r.Steps, report)
		return nil
	})
	if c.Events {
		var untold error
		r.Events, untold = w.Timeline().Events(0)
		err = errors.Join(err, untold)
	}
	return err
}

// Results returns the results of the blocks of the scenario's own file, for
// story.File.Updated.
func (r Result) Results() (all [][]string) {
	for _, step := range r.Steps {
		for i, b := range step.Step.Blocks {
			if i < len(step.Results) && b.Lines[0].File == r.Scenario.File {
				all = append(all, step.Results[i])
			}
		}
	}
	return all
}
