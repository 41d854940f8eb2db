package benchcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/f510b0cf/till/bench/report"
	"github.com/f510b0cf/till/bench/suite"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Run is `till bench run`.
type Run struct {
	Paths []string `arg:"" optional:"" name:"path" help:"Scenario files, or folders with all that lie below. Default: those that are part of the program."`

	Tags   []string `placeholder:"TAG,..." help:"Play those that have one of the tags; a tag behind ! leaves out those that have it."`
	Match  string   `placeholder:"TEXT" help:"Play those whose name has TEXT in it."`
	Shard  string   `placeholder:"I/N" help:"Play the I-th of N parts, for builds on several machines."`
	Jobs   int      `placeholder:"N" help:"Play N at a time. Default: twice as many as there are processors."`
	Seed   uint64   `default:"1" placeholder:"N" help:"Derive keys and random numbers from N. Default: 1."`
	Repeat int      `default:"1" placeholder:"N" help:"Play all N times, with a seed that is higher by one each time. Default: 1."`
	Until  bool     `name:"until-failure" help:"Repeat until one fails, or until Ctrl-C."`
	Real   bool     `name:"real-time" help:"Have the clock run as the machine's does, and every wait last as long as at a checkout."`
	Update bool     `help:"Write what came into the results of the files, for you to look at as a diff."`

	JUnit string `name:"junit" placeholder:"FILE" help:"Write a report for build servers, in the XML of JUnit."`
	JSON  string `name:"json" placeholder:"FILE" help:"Write all that is known of each scenario as JSON, masked."`
	HTML  string `name:"html" placeholder:"FILE" help:"Write a page for people, in one file: what travelled, and how each PIN stood."`
	Last  string `name:"last" placeholder:"FILE" help:"Tell the difference to an earlier run, from the report that --json wrote of it."`
	List  bool   `help:"List the scenarios in place of playing them."`

	atReader
}

// Help is the text of the help page.
func (*Run) Help() string {
	return `Plays scenario files, several at a time, each with an issuer, cards and terminals of
its own in a temporary folder. Says which fail, in which line, and what was expected
there. Ends with 0 where all passed, with 1 where one failed, and with 2 where a file
can not be read or the command line is wrong. docs/bench.md explains the format.

Examples:

  $ till bench run --tags starter
  1 scenario: all passed

  $ till bench run --list --tags demo
  demo  The life of a card PIN  (demo, pin)

  $ printf 'open\nissue anna\n' >wrong.till; till bench run wrong.till
  FAIL wrong  wrong.till:2: issue: the issuer is open already: issue cards first
       again: till bench run --seed 1 --match wrong wrong.till
  1 scenario: 1 failed
`
}

// Run plays the scenarios.
func (c *Run) Run(streams cli.Streams) error {
	plays, err := c.plays()
	if err != nil {
		return err
	}
	if c.List {
		return list(streams.Out, plays)
	}
	if c.Repeat < 1 || c.Jobs < 0 {
		return errors.New("--repeat and --jobs: want 1 or more")
	}
	if err := c.check(c); err != nil {
		return err
	}
	last, err := c.last()
	if err != nil {
		return err
	}
	files, err := c.outFiles()
	if err != nil {
		return err
	}
	defer files.discard()
	config, done, err := c.config(streams)
	if err != nil {
		return err
	}
	defer done()
	ctx, stop := cli.Interruptible()
	defer stop()
	all := c.play(ctx, config, plays, streams)
	if err := all.finish(c, files, last); err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), cli.ErrInterrupted) && !c.Until {
		return cli.ErrInterrupted
	}
	if all.failed > 0 {
		return cli.Failed{}
	}
	return nil
}

// plays returns what is to be played once.
func (c *Run) plays() ([]suite.Play, error) {
	var files []suite.File
	var err error
	if len(c.Paths) == 0 {
		files, err = suite.BuiltIn()
	} else {
		files, err = suite.Load(c.Paths...)
	}
	if err != nil {
		return nil, err
	}
	if c.Update && len(c.Paths) == 0 {
		return nil, errors.New("--update: name the files or folders to write to")
	}
	plays := suite.Tagged(suite.Plays(files, c.Seed), c.Tags)
	if c.Match != "" {
		var some []suite.Play
		for _, p := range plays {
			if strings.Contains(p.Scenario.Name, c.Match) {
				some = append(some, p)
			}
		}
		plays = some
	}
	shard := suite.Shard{}
	if c.Shard != "" {
		s, err := suite.ParseShard(c.Shard)
		if err != nil {
			return nil, fmt.Errorf("--shard: %w", err)
		}
		shard = s
	}
	if len(plays) == 0 {
		return nil, errors.New("no scenario is left to play: see --list without --tags and --match")
	}
	return shard.Of(plays), nil // where there are fewer than parts, some of them have none
}

// list lists scenarios.
func list(w io.Writer, plays []suite.Play) error {
	for _, p := range plays {
		tags := ""
		if len(p.Scenario.Tags) > 0 {
			tags = "  (" + strings.Join(p.Scenario.Tags, ", ") + ")"
		}
		if _, err := fmt.Fprintf(w, "%s  %s%s\n", p.Scenario.Name, p.Scenario.Title, tags); err != nil {
			return err
		}
	}
	return nil
}

// outFiles are the reports that are asked for.
type outFiles struct{ junit, json, html *cli.OutFile }

func (c *Run) outFiles() (f outFiles, err error) {
	var errs [3]error
	f.junit, errs[0] = cli.CreateOutFile("junit", c.JUnit)
	f.json, errs[1] = cli.CreateOutFile("json", c.JSON)
	f.html, errs[2] = cli.CreateOutFile("html", c.HTML)
	if err = errors.Join(errs[:]...); err != nil {
		f.discard()
	}
	return f, err
}

func (f outFiles) discard() {
	for _, one := range []*cli.OutFile{f.junit, f.json, f.html} {
		if one != nil {
			one.Discard()
		}
	}
}

// config is how scenarios are played; done ends the use of a reader.
func (c *Run) config(streams cli.Streams) (config suite.Config, done func(), err error) {
	config = suite.Config{Jobs: c.Jobs, Accept: c.Update, Events: c.JSON != "" || c.HTML != "", RealTime: c.Real}
	if config.Socket, config.Lab, done, err = c.open(streams.Err); c.Reader != "" {
		config.Jobs = 1
	}
	return config, done, err
}

// play plays all as often as is asked for.
func (c *Run) play(ctx context.Context, config suite.Config, plays []suite.Play, streams cli.Streams) *outcome {
	o := &outcome{out: streams.Out, progress: newProgress(streams.Err, len(plays)*c.Repeat, c.Until), command: c.again(), began: time.Now()}
	for round := 0; c.Until || round < c.Repeat; round++ {
		if o.failed > 0 && c.Until || ctx.Err() != nil {
			break
		}
		if c.Until {
			o.results = nil // of this round alone, or there is no end to them
		}
		these := make([]suite.Play, len(plays))
		for i, p := range plays {
			p.Seed += uint64(round)
			these[i] = p
		}
		o.planned = these
		config.Done = func(r suite.Result) bool { return o.add(r) || !c.Until }
		suite.Run(ctx, config, these)
	}
	o.progress.end()
	return o
}

// again returns the command that plays one scenario again.
func (c *Run) again() func(suite.Result) string {
	return func(r suite.Result) string {
		words := fmt.Sprintf("till bench run --seed %d --match %s", r.Seed, quoted(r.Scenario.Name))
		if r.File.Path != "" {
			words += " " + quoted(r.File.Path)
		}
		return words
	}
}

// quoted quotes a word for shells, where that is necessary.
func quoted(word string) string {
	if strings.ContainsAny(word, " []*?$'\"\\!&|;<>()") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// outcome is what became of all.
type outcome struct {
	out      io.Writer
	progress *progress
	command  func(suite.Result) string
	began    time.Time
	planned  []suite.Play // of the last round
	results  []suite.Result
	played   int
	failed   int
}

// add takes a result in, and reports whether it passed.
func (o *outcome) add(r suite.Result) bool {
	o.results, o.played = append(o.results, r), o.played+1
	if r.Err != nil {
		o.failed++
		o.progress.clear()
		fmt.Fprintf(o.out, "FAIL %s  %s\n     again: %s\n", r.Scenario.Name, shown(r), o.command(r))
	}
	o.progress.tell(o.played, o.failed)
	return r.Err == nil
}

// shown is what is wrong, with the path of the file as people know it.
func shown(r suite.Result) string {
	text := strings.ReplaceAll(r.Err.Error(), "\n", "\n     ")
	if r.File.Path != "" {
		text = strings.ReplaceAll(text, r.Scenario.File+":", r.File.Path+":")
	}
	return text
}

// finish writes reports and results, and the last line.
func (o *outcome) finish(c *Run, files outFiles, last *report.Last) error {
	all := &report.Report{Results: o.results, Unplayed: o.unplayed(), Began: o.began, Took: time.Since(o.began), Last: last}
	err := errors.Join(files.junit.Write(all.WriteJUnit), files.json.Write(all.WriteJSON), files.html.Write(all.WriteHTML))
	if c.Update {
		err = errors.Join(err, o.update())
	}
	what := "scenarios"
	if o.played == 1 {
		what = "scenario"
	}
	verdict := "all passed"
	if len(o.planned) == 0 {
		verdict = "none in this part"
	}
	if o.failed > 0 {
		verdict = fmt.Sprintf("%d failed", o.failed)
	}
	if n := len(all.Unplayed); n > 0 {
		verdict += fmt.Sprintf(", %d not played", n)
	}
	_, writing := fmt.Fprintf(o.out, "%d %s: %s\n", o.played, what, verdict)
	if since := all.Differences(); since != "" {
		fmt.Fprintln(o.out, since)
	}
	return errors.Join(err, writing)
}

// unplayed returns what was to be played in the last round and was not.
func (o *outcome) unplayed() (plays []suite.Play) {
	type key struct {
		path, name string
		seed       uint64
	}
	played := map[key]bool{}
	for _, r := range o.results {
		played[key{r.File.Path, r.Scenario.Name, r.Seed}] = true
	}
	for _, p := range o.planned {
		if !played[key{p.File.Path, p.Scenario.Name, p.Seed}] {
			plays = append(plays, p)
		}
	}
	return plays
}

// last reads the report of an earlier run.
func (c *Run) last() (*report.Last, error) {
	if c.Last == "" {
		return nil, nil
	}
	f, err := os.Open(c.Last)
	if err != nil {
		return nil, fmt.Errorf("--last: %w", err)
	}
	defer f.Close()
	return report.ReadLast(f)
}

// update writes results into the files.
func (o *outcome) update() error {
	var files []suite.File
	seen := map[string]bool{}
	for _, r := range o.results {
		if !seen[r.File.Path] {
			seen[r.File.Path] = true
			files = append(files, r.File)
		}
	}
	changed, err := suite.Update(files, o.results)
	for _, path := range changed {
		fmt.Fprintf(o.out, "updated %s\n", path)
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}
