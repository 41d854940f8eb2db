// Package democmd holds `till demo`: the life of a PIN, played by real parts.
package democmd

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/random"
)

// Command is `till demo`.
type Command struct {
	Trace string  `placeholder:"FILE" help:"Write everything that travelled to FILE, decoded and masked: as text, or as JSON where the name ends in .json."`
	JSON  bool    `help:"Write one JSON object for each step."`
	Seed  *uint64 `placeholder:"N" help:"Repeat: derive keys and random numbers from N, and begin at a fixed date. Output and trace are the same to the byte."`
	Serve bool    `help:"Go on serving after the story, and tell the addresses and the commands to go on with, until Ctrl-C."`
}

// Help is the text of the help page.
func (*Command) Help() string {
	return `Plays the whole way of a card PIN with real parts: an issuer with its store, two
members with a card each, a terminal with its journal, ISO 8583 over TCP and the
members' door over HTTP. Each step is checked; the exit code is 0 only where all
held. Everything lies in a temporary folder, which is removed at the end.
docs/demo.md says what each step shows.

Examples:

  $ till demo --seed 1 | tail -n 3
  14  No secret was written down
      all files, logs and this dialogue                                      none of 45 secrets in 7 files
  All 14 steps held.

  $ till demo --seed 1 --json | grep '"step":"changes"' | cut -c 1-44
  {"step":"changes","ok":true,"detail":{"title
`
}

// seededStart is when a story with a seed begins.
var seededStart = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// Run plays the story.
func (c *Command) Run(streams cli.Streams) error {
	file, err := cli.CreateOutFile("trace", c.Trace)
	if err != nil {
		return err
	}
	defer file.Discard()
	ctx, stop := cli.Interruptible()
	defer stop()
	defer survivePipe()()
	dir, err := os.MkdirTemp("", "till")
	if err != nil {
		return cli.Failed{Err: err}
	}
	defer os.RemoveAll(dir)
	config, err := c.config(dir)
	if err != nil {
		return cli.Failed{Err: err}
	}
	w, err := story.New(config)
	if err != nil {
		return cli.Failed{Err: err}
	}
	err = errors.Join(c.play(ctx, w, streams), file.Write(func(out io.Writer) error { return writeTrace(out, c.Trace, w.Timeline()) }))
	switch {
	case errors.Is(context.Cause(ctx), cli.ErrInterrupted):
		err = cli.ErrInterrupted
	case err == nil && c.Serve:
		err = serve(ctx, w, c.JSON, streams)
	}
	if closing := w.Close(); err == nil && closing != nil {
		err = cli.Failed{Err: closing}
	}
	return err
}

// survivePipe has a write to a reader that has gone, such as head, fail in place of
// ending the process, which would leave the folder behind. The function that it
// returns ends that.
func survivePipe() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGPIPE)
	return func() { signal.Stop(signals) }
}

// play plays the story and tells each step as it ends.
func (c *Command) play(ctx context.Context, w *story.World, streams cli.Streams) error {
	var tell teller = newText(streams.Out)
	if c.JSON {
		tell = objects{json.NewEncoder(streams.Out)}
	}
	var untold error
	err := w.Run(ctx, story.Demo(), func(r story.Report) error {
		if r.Err != nil && ctx.Err() != nil {
			return nil // called off, which is no failure of the step
		}
		untold = tell.step(r)
		return untold
	})
	switch {
	case untold != nil:
		return untold
	case err != nil:
		return cli.Failed{} // the step has told what is wrong
	}
	return tell.end()
}

// writeTrace writes the timeline in the format that the name of the file asks for.
func writeTrace(out io.Writer, path string, t *timeline.Timeline) error {
	if strings.HasSuffix(path, ".json") {
		return json.NewEncoder(out).Encode(t)
	}
	return t.WriteText(out)
}

// config says where and when the story plays. Without a seed one is drawn.
func (c *Command) config(dir string) (story.Config, error) {
	if c.Seed != nil {
		return story.Config{Dir: dir, Source: random.Seeded(*c.Seed), Start: seededStart}, nil
	}
	var seed [8]byte
	_, err := rand.Read(seed[:])
	return story.Config{Dir: dir, Source: random.Seeded(binary.BigEndian.Uint64(seed[:])), Start: clock.System{}.Now().Truncate(time.Second)}, err
}
