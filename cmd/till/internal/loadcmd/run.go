package loadcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/wire"
)

// Run is `till load run`, and `till load` alone.
type Run struct {
	Host  string `placeholder:"ADDRESS" help:"Address of an issuer that runs, such as 127.0.0.1:8583. Default: an issuer for this load alone."`
	Fleet string `placeholder:"FILE" help:"Cards of the issuer at --host, as till load prepare has written it. The numbers of their transactions are noted in it."`
	Cards int    `default:"1000" placeholder:"N" help:"How many cards an issuer for this load alone has (${default})."`

	Terminals int           `default:"16" placeholder:"N" help:"How many terminals ask, each over a line of its own (${default})."`
	Rate      float64       `default:"200" placeholder:"N" help:"Requests of a second (${default}). They go out when they are due, whether earlier ones were answered or not."`
	Duration  time.Duration `default:"10s" placeholder:"TIME" help:"How long (${default})."`
	Warmup    time.Duration `default:"1s" placeholder:"TIME" help:"How long before that, at the same rate, without being measured (${default})."`
	Requests  int           `placeholder:"N" help:"Send N requests as fast as each terminal is answered, in place of --rate."`
	Within    time.Duration `placeholder:"TIME" help:"Look for the highest rate at which the 99th percentile stays within TIME, from --rate on."`
	Mix       string        `default:"insertion=60,tap=30,order=8,reversal=2" placeholder:"KIND=N,..." help:"Shares of insertion, tap, order and reversal (${default})."`
	Seed      uint64        `default:"1" placeholder:"N" help:"Derive from N what comes when (${default})."`

	JSON bool   `help:"Write the result as JSON."`
	HTML string `name:"html" placeholder:"FILE" help:"Write a page with diagrams, in one file."`

	AnotherMachine bool `name:"load-another-machine-whose-operator-agreed" help:"Let --host be an address of another machine."`
	wire.Look
}

// Help is the text of the help page.
func (*Run) Help() string {
	return `Asks an issuer host as many cards and terminals do. The cards are virtual, their
cryptograms are right, and all requests are made before the first goes out. Checks each
answer, with its ARPC, and tells how long the answers took, counted from when the
request was due. Ends with 1 where an answer was wrong or did not come.
docs/performance.md explains what the figures mean.

Examples:

  $ till load --cards 20 --rate 100 --duration 500ms --warmup 100ms | head -n 1
  51 requests at 100/s, 20 cards, 16 terminals: all answers right

  $ till load --cards 20 --requests 100 --mix tap=1 --html load.html | head -n 1
  100 requests as fast as they are answered, 20 cards, 16 terminals: all answers right

  $ till load --host bank.example:8583 --fleet bank.load
  till: --host: the address is not one of this machine, such as 127.0.0.1: a load on another one needs the consent of whoever runs it
`
}

// Run asks the host.
func (c *Run) Run(streams cli.Streams) (err error) {
	mix, err := c.check()
	if err != nil {
		return err
	}
	page, err := cli.CreateOutFile("html", c.HTML)
	if err != nil {
		return err
	}
	defer page.Discard()
	ctx, stop := cli.Interruptible()
	defer stop()
	l, err := c.begin(ctx, mix, streams)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	report := load.Report{Began: time.Now(), Host: l.name, Mix: mix.String(), Cards: l.file.Cards, Seed: c.Seed, Bound: c.Within.Microseconds()}
	if c.Within > 0 {
		search := load.Search{Bound: c.Within, First: c.Rate, Steps: searchSteps, Stage: l.stage}
		report.Result, report.Steps, err = search.Run(ctx)
	} else {
		report.Result, err = l.stage(ctx, c.Rate)
	}
	l.progress.clear()
	if err != nil {
		return cli.BrokenOff(ctx, err)
	}
	if err := page.Write(report.WriteHTML); err != nil {
		return cli.Failed{Err: err}
	}
	return c.tell(streams, &report)
}

// searchSteps is how many halvings a search makes.
const searchSteps = 4

// check refuses a command line that means nothing.
func (c *Run) check() (load.Mix, error) {
	mix, err := load.ParseMix(c.Mix)
	switch {
	case err != nil:
		return mix, fmt.Errorf("--mix: %w", err)
	case (c.Host == "") != (c.Fleet == ""):
		return mix, errors.New("--host and --fleet go together: `till load prepare` makes an issuer and the file of its cards")
	case c.Requests != 0 && c.Within != 0:
		return mix, errors.New("--requests: a search by --within has rates")
	case c.Requests < 0 || c.Within < 0 || c.Warmup < 0 || c.Duration <= 0 || c.Rate <= 0:
		return mix, errors.New("--rate and --duration: want more than 0; --warmup, --requests and --within: no less")
	}
	if c.Host != "" {
		if err := c.target(c.Host).Check(); err != nil {
			return mix, fmt.Errorf("--host: %w", err)
		}
	}
	return mix, nil
}

func (c *Run) target(address string) load.Target {
	return load.Target{Address: address, AnotherMachine: c.AnotherMachine}
}

// tell prints the result; an answer that was wrong is a failure.
func (c *Run) tell(streams cli.Streams, r *load.Report) error {
	var err error
	if c.JSON {
		err = json.NewEncoder(streams.Out).Encode(r)
	} else {
		err = print(streams.Out, r)
	}
	switch {
	case err != nil:
		return err
	case r.Result == nil:
		return cli.Failed{Err: fmt.Errorf("no rate held: even at %.0f/s the 99th percentile was above %s", r.Steps[len(r.Steps)-1].Rate, c.Within)}
	}
	if err := r.Result.Failed(); err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}

// loading is a host with the cards that ask it.
type loading struct {
	*Run
	name     string // of the host, in reports
	target   load.Target
	file     load.File
	fleet    *load.Fleet
	mix      load.Mix
	progress *progress
	own      *load.Own // nil where the host is another's
}

// begin finds the host, or starts one.
func (c *Run) begin(ctx context.Context, mix load.Mix, streams cli.Streams) (l *loading, err error) {
	l = &loading{Run: c, name: c.Host, mix: mix, progress: newProgress(streams.Err)}
	dialect, framing, err := c.Open()
	if err != nil {
		return nil, err
	}
	if c.Host == "" {
		if c.Given() {
			return nil, errors.New("--dialect and --framing: name the --host that speaks so")
		}
		l.progress.say("making an issuer with " + cli.Count(c.Cards, "card"))
		if l.own, err = load.NewOwn(ctx, c.Cards); err != nil {
			return nil, cli.BrokenOff(ctx, err)
		}
		l.name, l.target, l.file = "own", c.target(l.own.Address), l.own.File
	} else {
		f, err := os.Open(c.Fleet)
		if err != nil {
			return nil, fmt.Errorf("--fleet: %w", err)
		}
		defer f.Close()
		if l.file, err = load.ReadFile(f); err != nil {
			return nil, fmt.Errorf("--fleet: %w", err)
		}
		l.target = c.target(c.Host)
	}
	l.target.Dialect, l.target.Framing = dialect, framing
	if l.fleet, err = l.file.Fleet(c.Terminals); err != nil {
		return nil, errors.Join(fmt.Errorf("--terminals: %w", err), l.close())
	}
	return l, nil
}

func (l *loading) close() error {
	if l.own == nil {
		return nil
	}
	return l.own.Close()
}

// stage loads the host at a rate.
func (l *loading) stage(ctx context.Context, rate float64) (*load.Result, error) {
	if l.Requests > 0 {
		rate = 0
	}
	l.progress.say("making requests")
	plan, err := l.fleet.Plan(load.PlanOptions{
		Dialect: l.target.Dialect, Rate: rate, Duration: l.Duration, Warmup: l.Warmup, Requests: l.Requests, Mix: l.mix, Seed: l.Seed, Now: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	if err := l.note(); err != nil {
		return nil, err
	}
	counts := load.Progress{Total: plan.Count()}
	defer l.progress.watch(rate, &counts)()
	return plan.Run(ctx, l.target, &counts)
}

// note writes down the numbers of transactions that will be used, before any is: the
// host refuses them from then on.
func (l *loading) note() error {
	if l.own != nil {
		return nil
	}
	l.file.ATC = l.fleet.HighestATC()
	f, err := cli.CreateOutFile("fleet", l.Fleet)
	if err != nil {
		return err
	}
	defer f.Discard()
	return f.Write(func(w io.Writer) error { return l.file.Write(w) })
}
