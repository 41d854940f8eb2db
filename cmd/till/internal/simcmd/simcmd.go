// Package simcmd has `till sim`, the simulation of faults.
package simcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Command is `till sim`.
type Command struct {
	Files []string `arg:"" optional:"" name:"file" help:"Play the runs of these files. Default: named runs, single faults and seeds."`

	Seeds   int      `default:"200" placeholder:"N" help:"How many drawn runs follow the single faults. Default: 200."`
	From    uint64   `default:"1" placeholder:"N" help:"The first of their seeds. Default: 1."`
	Story   []string `placeholder:"NAME,..." help:"Step single faults, or pairs, through these stories alone: ${stories}."`
	Pairs   bool     `help:"Make every pair of faults in place of single ones, which takes long."`
	Mutants bool     `help:"Make the seeded mistakes, one after the other, and say which invariant catches which. It needs Go and the sources."`

	Mutant []string `placeholder:"NAME,..." help:"Make those of that name alone. It goes with --mutants."`

	Seed    *uint64 `placeholder:"N" help:"Play one run: that of the seed, or, with --acts, the one that is described."`
	Acts    string  `placeholder:"TEXT" help:"What people do in that run, with semicolons between: ${acts}."`
	Plan    string  `placeholder:"TEXT" help:"What goes wrong in it, in the words of docs/sim.md, with semicolons between."`
	Shuffle bool    `help:"Draw who goes on in that run too."`
	Trace   bool    `help:"Tell everything that happens in that run."`

	Profile  string `placeholder:"NAME" help:"Card profile: one of the program, sim or sim-first. Default: that of the story."`
	Terminal string `default:"demo" placeholder:"NAME" help:"Terminal profile. Default: demo."`
	Policy   string `placeholder:"WORD,..." help:"Switches of the issuer: ${policies}. Default: none, and drawn for drawn runs."`
	Jobs     int    `placeholder:"N" help:"Make N runs at a time. Default: one for each processor."`
	JSON     bool   `name:"json" help:"Print what came of it as JSON."`
}

// Help is the text of the help page.
func (*Command) Help() string {
	return `Plays the life of a card PIN on one virtual clock, with the card, terminals and issuer
of the program as they are, and lets something go wrong at every place where something
can: pulled cards, torn memory, lost, doubled and late messages, full disks, processes
that are killed. After each step it checks that nothing is lost, posted twice or
believed without proof. Then all is repaired, and everything must come to its end.

First every single fault is made, at one place after the other, then runs whose acts
and faults are drawn. Of what fails it prints the seed, the shortest run that fails so,
and the command that plays it again. The same command gives the same run, to the byte.
docs/sim.md lists faults, invariants and seeded mistakes.

Ends with 0 where all held, with 1 where something did not, and with 2 where the
command line is wrong.

Examples:

  $ till sim --seed 1 --acts 'activate; change; insert 1' --plan 'line lose answer'
  1 run: all invariants held

  $ printf 'acts activate; change; insert 1\nplan kill host after 3' >run.sim; till sim run.sim | cut -d , -f 1
  named runs: 1 run

  $ till sim --seed 7 --trace | sed -n '1,3p'
       0.000s  host         starts
       0.000s  act          activate
       0.000s  host         commits: PIN stable, proven 1, pending 0, candidates [1], attempts 0

  $ till sim --seed 1 --acts 'activate; chnage'; echo "exit code $?"
  till: --acts: parse act "chnage": want activate, change, unblock, stranger, wait with a time, or insert, wrong, forge, tap or order with terminal 1 or 2
  exit code 2
`
}

// Run makes the runs.
func (c *Command) Run(streams cli.Streams) error {
	if c.Seeds < 0 || c.Jobs < 0 {
		return errors.New("--seeds and --jobs: want 0 or more")
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	var err error
	switch {
	case c.Mutants:
		err = c.hunt(ctx, streams)
	case len(c.Files) > 0:
		err = c.files(ctx, streams)
	case c.Seed != nil:
		err = c.one(streams)
	case c.Acts != "" || c.Plan != "" || c.Shuffle || c.Trace:
		err = errors.New("--acts, --plan, --shuffle and --trace go with --seed")
	default:
		err = c.explore(ctx, streams)
	}
	if errors.Is(context.Cause(ctx), cli.ErrInterrupted) {
		return cli.ErrInterrupted
	}
	return err
}

// config returns what all runs have.
func (c *Command) config() (sim.Config, error) {
	config := sim.Config{Profile: c.Profile, Terminal: c.Terminal}
	if c.Policy == "" {
		return config, nil
	}
	var err error
	if config.Policy, err = sim.ParsePolicy(c.Policy); err != nil {
		err = fmt.Errorf("--policy: %w", err)
	}
	return config, err
}

// one plays one run.
func (c *Command) one(streams cli.Streams) error {
	base, err := c.config()
	if err != nil {
		return err
	}
	config := sim.Drawn(base, *c.Seed)
	if c.Acts != "" {
		config.Shuffle, config.Plan, config.Policy = c.Shuffle, nil, base.Policy
		if config.Acts, err = sim.ParseActs(c.Acts); err != nil {
			return fmt.Errorf("--acts: %w", err)
		}
		if c.Profile == "" {
			config.Profile = sim.ProfileDefault
		}
	}
	if c.Plan != "" {
		if config.Plan, err = plan.ParsePlan(c.Plan); err != nil {
			return fmt.Errorf("--plan: %w", err)
		}
	}
	config.Trace, config.Scan = c.Trace, true
	r := sim.Run(config)
	for _, line := range r.Trace {
		fmt.Fprintln(streams.Out, line)
	}
	if c.JSON {
		b, err := c.newBatches(streams)
		if err != nil {
			return err
		}
		b.all = []batch{{Name: "run", Runs: 1, Hash: r.Hash, Failures: failures(r)}}
		return b.end()
	}
	if r.Failed() {
		tell(streams.Out, r)
		return cli.Failed{}
	}
	for _, f := range r.Unfired {
		fmt.Fprintf(streams.Out, "never struck: %s\n", f)
	}
	_, err = fmt.Fprintln(streams.Out, "1 run: all invariants held")
	return err
}

// explore plays named runs, makes single faults or pairs, and drawn runs.
func (c *Command) explore(ctx context.Context, streams cli.Streams) error {
	stories, err := c.stories()
	if err != nil {
		return err
	}
	named, err := sim.Scenarios()
	if err != nil {
		return err
	}
	b, err := c.newBatches(streams)
	if err != nil {
		return err
	}
	b.add(ctx, "named runs", func(o sim.Options) sim.Summary { return sim.Play(ctx, o, named) })
	if c.Pairs {
		b.add(ctx, "pairs of faults", func(o sim.Options) sim.Summary { return sim.Pairs(ctx, o, stories) })
	} else {
		b.add(ctx, "single faults", func(o sim.Options) sim.Summary { return sim.Singles(ctx, o, stories) })
	}
	if c.Seeds > 0 {
		name := fmt.Sprintf("seeds %d to %d", c.From, c.From+uint64(c.Seeds)-1)
		b.add(ctx, name, func(o sim.Options) sim.Summary { return sim.Seeds(ctx, o, c.From, c.Seeds) })
	}
	return b.end()
}

// files plays the runs of files.
func (c *Command) files(ctx context.Context, streams cli.Streams) error {
	var all []sim.Scenario
	for _, path := range c.Files {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read run: %w", err)
		}
		s, err := sim.ParseScenario(path, string(text))
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	b, err := c.newBatches(streams)
	if err != nil {
		return err
	}
	b.add(ctx, "named runs", func(o sim.Options) sim.Summary { return sim.Play(ctx, o, all) })
	return b.end()
}

// stories returns those that are asked for.
func (c *Command) stories() (some []sim.Story, err error) {
	all := sim.Stories()
	for _, name := range c.Story {
		i := slices.IndexFunc(all, func(s sim.Story) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("--story: there is none of that name; there are %s", sim.StoryNames())
		}
		some = append(some, all[i])
	}
	if len(some) == 0 {
		return all, nil
	}
	return some, nil
}
