package simcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/bench/sim/mutants"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// hunt makes the seeded mistakes. A program without them has one built that has.
func (c *Command) hunt(ctx context.Context, streams cli.Streams) error {
	if !sim.Mistaken {
		return c.build(ctx, streams)
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(streams.Out)
	return sim.Hunt(ctx, sim.Options{Config: config, Jobs: c.Jobs}, c.Mutant, func(m sim.Caught) { _ = encoder.Encode(m) })
}

// build has the program built with the mistakes, and runs it.
func (c *Command) build(ctx context.Context, streams cli.Streams) error {
	if err := known(c.Mutant); err != nil {
		return err
	}
	root, err := mutants.Root(".")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "till-mutants-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := mutants.Build(ctx, root, dir)
	if err != nil {
		return cli.Failed{Err: err}
	}
	run := exec.CommandContext(ctx, program, "sim", "--mutants", fmt.Sprintf("--jobs=%d", c.Jobs))
	if c.Profile != "" {
		run.Args = append(run.Args, "--profile", c.Profile)
	}
	for _, name := range c.Mutant {
		run.Args = append(run.Args, "--mutant", name)
	}
	var problems bytes.Buffer
	run.Stderr = &problems
	found, err := run.StdoutPipe()
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	reading := c.caught(streams.Out, found)
	if err := run.Wait(); err != nil {
		return cli.Failed{Err: fmt.Errorf("make mistakes: %w: %s", err, &problems)}
	}
	return reading
}

// known returns an error where there is no mistake of a name.
func known(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(mutants.All(), func(m mutants.Mutant) bool { return m.Name == name }) {
			return errors.New("--mutant: there is none of that name: see docs/sim.md")
		}
	}
	return nil
}

// caught tells which mistakes were caught, as they come.
func (c *Command) caught(out io.Writer, found io.Reader) error {
	all, missed := 0, 0
	for decoder := json.NewDecoder(found); ; all++ {
		var m sim.Caught
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if len(m.By) == 0 {
			missed++
		}
		if err := c.caughtOne(out, m); err != nil {
			return err
		}
	}
	if !c.JSON {
		fmt.Fprintf(out, "%d mistakes, %d caught\n", all, all-missed)
	}
	if missed > 0 {
		return cli.Failed{}
	}
	return nil
}

func (c *Command) caughtOne(out io.Writer, m sim.Caught) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(m)
	}
	by := strings.Join(m.By, ", ")
	if by == "" {
		by = "NOBODY"
	}
	_, err := fmt.Fprintf(out, "%-28s %-24s after %4d runs: %s\n", m.Mutant, by, m.Runs, m.Says)
	return err
}
