// Command speed measures till beside its floors and peers, and prints one table. Every
// figure is a ratio of two that were measured one after the other in the same run, in
// several rounds: absolute figures of a machine that others use too tell little.
//
// What it runs are benchmarks of this module, so it runs in the module's folder. Their
// lines, as the go command prints them, go to a file that benchstat reads.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
)

// options are what the command line says.
type options struct {
	rounds int
	raw    string
	short  bool
	only   string
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often each figure is measured")
	flag.StringVar(&o.raw, "raw", "build/bench.txt", "file for the lines of all benchmarks")
	flag.BoolVar(&o.short, "short", false, "leave out what takes minutes, and measure the rest in 2 rounds")
	flag.StringVar(&o.only, "run", "", "measure the figures alone whose name matches this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

// run measures and prints.
func run(ctx context.Context, o options, out, progress io.Writer) error {
	if o.rounds < 1 {
		return errors.New("-rounds: want 1 or more")
	}
	chosen, err := choose(o)
	if err != nil {
		return err
	}
	if o.short {
		o.rounds = min(o.rounds, 2)
	}
	raw, err := os.Create(o.raw)
	if err != nil {
		return fmt.Errorf("-raw: %w", err)
	}
	defer raw.Close()
	b, err := newBench(ctx, chosen, raw, progress)
	if err != nil {
		return err
	}
	defer b.close()
	for round := range o.rounds {
		fmt.Fprintf(progress, "round %d of %d\n", round+1, o.rounds)
		for _, f := range chosen {
			if err := b.measure(ctx, f); err != nil {
				return err
			}
		}
	}
	if err := raw.Sync(); err != nil {
		return err
	}
	return printTable(out, chosen, b)
}

// choose returns the figures that are asked for.
func choose(o options) (chosen []figure, err error) {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	for _, f := range figures {
		if only.MatchString(f.name) && !(o.short && f.long) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("-run: no figure has such a name")
	}
	return chosen, nil
}
