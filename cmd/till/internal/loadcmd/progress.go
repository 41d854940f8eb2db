package loadcmd

import (
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// progress tells on a terminal how far a load is. Elsewhere it is quiet.
type progress struct {
	out   io.Writer
	quiet bool
}

// clearLine goes to the start of the line and clears it. ECMA-48.
const clearLine = "\r\x1b[K"

// progressEvery is how often it tells.
const progressEvery = time.Second

func newProgress(w io.Writer) *progress { return &progress{out: w, quiet: cli.Width(w) == 0} }

// say tells what is done.
func (p *progress) say(text string) {
	if !p.quiet {
		fmt.Fprint(p.out, clearLine+text)
	}
}

// clear makes room for other lines.
func (p *progress) clear() { p.say("") }

// watch tells how far a load is, until stop is called.
func (p *progress) watch(rate float64, counts *load.Progress) (stop func()) {
	if p.quiet {
		return func() {}
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.say(state(rate, counts))
			case <-over:
				return
			}
		}
	}()
	return func() { close(over); <-ended }
}

// state is how far a load is.
func state(rate float64, counts *load.Progress) string {
	sent, answered := counts.Sent.Load(), counts.Answered.Load()
	text := fmt.Sprintf("%d of %d sent, %d wait for an answer", sent, counts.Total, max(0, sent-answered))
	if rate > 0 {
		text = fmt.Sprintf("%.0f/s: %s", rate, text)
	}
	return text
}
