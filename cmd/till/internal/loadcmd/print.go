package loadcmd

import (
	"fmt"
	"io"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// print prints a report for people.
func print(w io.Writer, r *load.Report) error {
	var table cli.Table
	if x := r.Result; x != nil {
		if _, err := fmt.Fprintln(w, headline(r)); err != nil {
			return err
		}
		table.Row("answered", fmt.Sprintf("%.0f/s", x.Achieved))
		latency := func(name string, l load.Latency) {
			ms := load.Milliseconds
			table.Row(name, "p50 "+ms(l.P50), "p90 "+ms(l.P90), "p99 "+ms(l.P99), "p99.9 "+ms(l.P999), "max "+ms(l.Max))
		}
		latency("latency", x.Latency)
		for _, k := range x.Kinds {
			latency("  "+k.Kind.String(), k.Latency)
		}
	}
	for _, s := range r.Steps {
		holds := "does not hold"
		if s.Holds {
			holds = "holds"
		}
		table.Row(fmt.Sprintf("%.0f/s", s.Rate), "p99 "+load.Milliseconds(s.P99), holds)
	}
	return table.Print(w)
}

// headline says what was asked and whether the answers were right.
func headline(r *load.Report) string {
	x := r.Result
	at := "as fast as they are answered"
	if x.Rate > 0 {
		at = fmt.Sprintf("at %.0f/s", x.Rate)
	}
	verdict := "all answers right"
	if x.Right != x.Requests {
		verdict = fmt.Sprintf("%d right, %d wrong, %d not answered", x.Right, x.Wrong, x.Missing)
	}
	return fmt.Sprintf("%s %s, %s, %s: %s", cli.Count(x.Requests, "request"), at, cli.Count(r.Cards, "card"), cli.Count(x.Terminals, "terminal"), verdict)
}
