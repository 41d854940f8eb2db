package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// folderVariable names a folder to benchmarks, for files that all rounds use.
const folderVariable = "TILL_SPEED_FOLDER"

// bench runs benchmarks and keeps what they say.
type bench struct {
	folder   string            // of programs and of what benchmarks make
	programs map[string]string // of each package
	absent   map[string]string // package -> why it can not be run
	raw      io.Writer
	progress io.Writer
	rounds   map[string][]round // of each figure, by its name
}

// round is one measurement of a figure.
type round struct {
	ours  float64
	peers []float64 // of those that are there
	names []string
}

// newBench builds the programs that the figures need.
func newBench(ctx context.Context, figures []figure, raw, progress io.Writer) (*bench, error) {
	folder, err := os.MkdirTemp("", "till-speed-*")
	if err != nil {
		return nil, err
	}
	b := &bench{folder: folder, programs: map[string]string{}, absent: map[string]string{}, raw: raw, progress: progress, rounds: map[string][]round{}}
	for _, f := range figures {
		for _, r := range append([]reading{f.ours}, f.peers...) {
			if err := b.build(ctx, r.pkg); err != nil {
				b.close()
				return nil, err
			}
		}
	}
	return b, nil
}

// close removes the programs.
func (b *bench) close() { _ = os.RemoveAll(b.folder) }

// build builds the program of a package, once.
func (b *bench) build(ctx context.Context, pkg string) error {
	if b.programs[pkg] != "" || b.absent[pkg] != "" {
		return nil
	}
	if pkg == openSSL {
		b.programs[pkg], b.absent[pkg] = buildOpenSSL(ctx, b.folder)
		return nil
	}
	fmt.Fprintln(b.progress, "building", pkg)
	program := filepath.Join(b.folder, path.Base(pkg)+".test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, "./"+pkg).CombinedOutput(); err != nil {
		return fmt.Errorf("build benchmarks of %s: %w: %s", pkg, err, out)
	}
	b.programs[pkg] = program
	return nil
}

// measure measures a figure and its peers, one after the other.
func (b *bench) measure(ctx context.Context, f figure) error {
	fmt.Fprintln(b.progress, " ", f.name)
	ours, err := b.read(ctx, f.ours, f.unit, f.peers)
	if err != nil {
		return err
	}
	r := round{ours: ours[f.ours.name]}
	for _, p := range f.peers {
		value, there := ours[p.name]
		if !there {
			if b.absent[p.pkg] != "" {
				continue
			}
			alone, err := b.read(ctx, p, f.unit, nil)
			if err != nil {
				return err
			}
			value = alone[p.name]
		}
		r.peers, r.names = append(r.peers, value), append(r.names, p.name)
	}
	b.rounds[f.name] = append(b.rounds[f.name], r)
	return nil
}

// read runs a benchmark, with those of its package that are measured beside it in the
// same process, and returns what each reports in the unit.
func (b *bench) read(ctx context.Context, r reading, unit string, beside []reading) (map[string]float64, error) {
	if r.pkg == openSSL {
		return b.readOpenSSL(ctx, r, unit)
	}
	names := []string{r.name}
	for _, other := range beside {
		if other.pkg == r.pkg && other.time == r.time {
			names = append(names, other.name)
		}
	}
	command := exec.CommandContext(ctx, b.programs[r.pkg], "-test.run=^$", "-test.bench="+pattern(names), "-test.benchtime="+r.time, fmt.Sprintf("-test.count=%d", r.count()), "-test.benchmem", "-test.timeout=30m")
	command.Dir = r.pkg // where its files are
	command.Env = append(os.Environ(), folderVariable+"="+b.folder)
	out, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("run %s of %s: %w: %s", r.name, r.pkg, err, out)
	}
	if _, err := b.raw.Write(out); err != nil {
		return nil, err
	}
	values := parse(out, unit)
	if _, there := values[r.name]; !there {
		return nil, fmt.Errorf("run %s of %s: it reports no %s: %s", r.name, r.pkg, unit, out)
	}
	return values, nil
}

// pattern is what -test.bench takes for benchmarks of one function: their parts, level
// by level.
func pattern(names []string) string {
	var levels [][]string
	for _, name := range names {
		for i, part := range strings.Split(name, "/") {
			if i == len(levels) {
				levels = append(levels, nil)
			}
			if part = regexp.QuoteMeta(part); !slices.Contains(levels[i], part) {
				levels[i] = append(levels[i], part)
			}
		}
	}
	parts := make([]string, len(levels))
	for i, l := range levels {
		parts[i] = "^(" + strings.Join(l, "|") + ")$"
	}
	return strings.Join(parts, "/")
}

// processors is what the go command puts behind a name: how many there are. So no name
// of a benchmark here ends in such a number itself.
var processors = regexp.MustCompile(`-\d+$`)

// parse returns what each benchmark of an output reports in a unit: the middle one
// where it ran several times.
func parse(out []byte, unit string) map[string]float64 {
	all := map[string][]float64{}
	for line := range bytes.Lines(out) {
		fields := strings.Fields(string(line))
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil && fields[i+1] == unit {
				name := processors.ReplaceAllString(fields[0], "")
				all[name] = append(all[name], v)
			}
		}
	}
	values := map[string]float64{}
	for name, several := range all {
		values[name] = median(several)
	}
	return values
}
