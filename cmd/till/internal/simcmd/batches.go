package simcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// batches are runs of several kinds, one kind after the other.
type batches struct {
	command  *Command
	streams  cli.Streams
	config   sim.Config
	progress *progress
	all      []batch
}

func (c *Command) newBatches(streams cli.Streams) (*batches, error) {
	config, err := c.config()
	return &batches{command: c, streams: streams, config: config, progress: newProgress(streams.Err)}, err
}

// add makes the runs of a kind, and tells what came of them.
func (b *batches) add(ctx context.Context, name string, do func(sim.Options) sim.Summary) {
	if ctx.Err() != nil {
		return
	}
	b.progress.begin(name)
	began := time.Now()
	s := do(sim.Options{Config: b.config, Jobs: b.command.Jobs, Done: b.progress.tell})
	b.progress.clear()
	one := batch{Name: name, Runs: s.Runs, Changes: s.Changes, Seconds: time.Since(began).Seconds(), Failures: []failure{}}
	for _, f := range s.Failures {
		small := sim.Shrink(f)
		one.Failures = append(one.Failures, failures(small)...)
		if !b.command.JSON {
			fmt.Fprintf(b.streams.Out, "found with: %s\n", f.Config.Command())
			tell(b.streams.Out, small)
		}
	}
	b.all = append(b.all, one)
	if !b.command.JSON {
		fmt.Fprintln(b.streams.Out, one)
	}
}

// end prints JSON where that is asked for, and returns what makes the exit code.
func (b *batches) end() error {
	var err error
	if b.command.JSON {
		encoder := json.NewEncoder(b.streams.Out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(b.all)
	}
	if slices.ContainsFunc(b.all, func(one batch) bool { return len(one.Failures) > 0 }) {
		err = errors.Join(err, cli.Failed{})
	}
	return err
}
