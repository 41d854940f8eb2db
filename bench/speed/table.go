package main

import (
	"fmt"
	"io"
	"math"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// summary is a figure over all rounds.
type summary struct {
	ours, peer    float64 // medians
	median, worst float64 // ratios; of a figure without a peer, itself
	name          string  // of the peer that asked least in most rounds
}

// least returns the peer of a round that asks least: the slowest of several.
func (r round) least(higher bool) (value float64, name string) {
	for i, p := range r.peers {
		if name == "" || higher == (p < value) {
			value, name = p, r.names[i]
		}
	}
	return value, name
}

// summarise returns the medians of the rounds of a figure.
func summarise(f figure, rounds []round) summary {
	var ours, peers, ratios []float64
	names := map[string]int{}
	for _, r := range rounds {
		ours = append(ours, r.ours)
		if len(f.peers) == 0 {
			ratios = append(ratios, r.ours)
			continue
		}
		if value, name := r.least(f.higher); name != "" {
			peers, ratios = append(peers, value), append(ratios, r.ours/value)
			names[name]++
		}
	}
	s := summary{ours: median(ours), peer: median(peers), median: median(ratios), worst: math.NaN()}
	if len(ratios) > 0 && f.higher {
		s.worst = slices.Min(ratios)
	} else if len(ratios) > 0 {
		s.worst = slices.Max(ratios)
	}
	most := 0
	for name, n := range names {
		if n > most || n == most && name < s.name {
			s.name, most = name, n
		}
	}
	return s
}

// median returns the middle one, not a number where there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	values = slices.Sorted(slices.Values(values))
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

// verdict says whether the median meets the bar.
func verdict(f figure, s summary) string {
	switch {
	case math.IsNaN(s.median):
		return "no peer"
	case f.bar == 0:
		return ""
	case f.higher == (s.median >= f.bar), s.median == f.bar:
		return "met"
	}
	return "not met"
}

// printTable prints all figures, with the versions of what was measured.
func printTable(w io.Writer, figures []figure, b *bench) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tours\tpeer or floor\t\tratio\tworst\tbar\t")
	for _, f := range figures {
		s := summarise(f, b.rounds[f.name])
		bar := "-"
		if f.bar > 0 {
			bar = "at most " + number(f.bar)
			if f.higher {
				bar = "at least " + number(f.bar)
			}
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.name, number(s.ours), f.unit, number(s.peer), strings.TrimPrefix(s.name, "Benchmark"), number(s.median), number(s.worst), bar, verdict(f, s))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(versions(b), "\n"))
	return err
}

// number prints three digits that count.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// peerModules are the modules whose versions the table tells.
var peerModules = []string{"github.com/moov-io/iso8583", "go.etcd.io/bbolt"}

// versions says what was measured, and what was left out.
func versions(b *bench) []string {
	lines := []string{fmt.Sprintf("%s, %s/%s, %d processors", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if out, err := exec.Command("go", append([]string{"list", "-m"}, peerModules...)...).Output(); err == nil {
		lines = append(lines, strings.TrimSpace(string(out)))
	}
	if out, err := exec.Command("openssl", "version").Output(); err == nil && b.programs[openSSL] != "" {
		lines = append(lines, strings.TrimSpace(string(out)))
	}
	for pkg, why := range b.absent {
		if why != "" {
			lines = append(lines, "left out: "+pkg+": "+why)
		}
	}
	return lines
}
