package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/testdata/need"
)

const output = `goos: linux
pkg: github.com/f510b0cf/till/bench/speed
BenchmarkHost/durable-256-lines-2         	   20000	    306 ns/op	      3274 answers/s	       155.3 cpu-us/answer
BenchmarkHost/durable-256-lines-2         	   20000	    306 ns/op	      9000 answers/s	       155.3 cpu-us/answer
BenchmarkHost/durable-256-lines-2         	   20000	    306 ns/op	      4000 answers/s	       155.3 cpu-us/answer
BenchmarkHost/echo-8-lines 	   20000	    98 ns/op	      10211 answers/s
PASS
`

func TestParse(t *testing.T) {
	assert.Equal(t, map[string]float64{"BenchmarkHost/durable-256-lines": 4000, "BenchmarkHost/echo-8-lines": 10211}, parse([]byte(output), "answers/s"))
	assert.Equal(t, map[string]float64{"BenchmarkHost/durable-256-lines": 155.3}, parse([]byte(output), "cpu-us/answer"))
	assert.Empty(t, parse([]byte(output), "p99-us"))
}

func TestPattern(t *testing.T) {
	assert.Equal(t, "^(BenchmarkA)$/^(b|d)$", pattern([]string{"BenchmarkA/b", "BenchmarkA/d"}))
	assert.Equal(t, "^(BenchmarkA|BenchmarkB)$", pattern([]string{"BenchmarkA", "BenchmarkB"}))
}

// TestSummary: the peer that asks least counts, by the median of the rounds, and the
// verdict is that of the bar.
func TestSummary(t *testing.T) {
	rate := figure{name: "rate", unit: "answers/s", higher: true, bar: 0.7, peers: []reading{{}, {}}}
	rounds := []round{
		{70, []float64{100, 200}, []string{"slow", "fast"}},
		{30, []float64{100, 50}, []string{"slow", "fast"}},
		{90, []float64{100, 200}, []string{"slow", "fast"}},
	}
	s := summarise(rate, rounds)
	assert.Equal(t, summary{ours: 70, peer: 100, median: 0.7, worst: 0.6, name: "slow"}, s)
	assert.Equal(t, "met", verdict(rate, s))
	rate.bar = 0.71
	assert.Equal(t, "not met", verdict(rate, s))

	size := figure{name: "size", unit: "ns/op", bar: 2, peers: []reading{{}}}
	s = summarise(size, []round{{10, []float64{5}, []string{"peer"}}, {30, []float64{10}, []string{"peer"}}})
	assert.Equal(t, summary{ours: 20, peer: 7.5, median: 2.5, worst: 3, name: "peer"}, s)
	assert.Equal(t, "not met", verdict(size, s))
	size.bar = 2.5
	assert.Equal(t, "met", verdict(size, s))

	s = summarise(size, []round{{10, nil, nil}})
	assert.True(t, math.IsNaN(s.median))
	assert.Equal(t, "no peer", verdict(size, s))
	alone := figure{bar: 300}
	assert.Equal(t, "met", verdict(alone, summarise(alone, []round{{ours: 299}})))
	assert.Equal(t, "not met", verdict(alone, summarise(alone, []round{{ours: 301}})))
}

func TestTable(t *testing.T) {
	f := figure{name: "rate", unit: "answers/s", higher: true, bar: 0.7, peers: []reading{{}}}
	b := &bench{programs: map[string]string{}, absent: map[string]string{openSSL: "gcc is missing"}, rounds: map[string][]round{"rate": {{1234, []float64{1500}, []string{"BenchmarkPeer"}}}}}
	var out bytes.Buffer
	require.NoError(t, printTable(&out, []figure{f}, b))
	assert.Regexp(t, `(?m)^rate +1234 answers/s +1500 +Peer +0\.82 +0\.82 +at least 0\.70 +met$`, out.String())
	assert.Contains(t, out.String(), "left out: openssl: gcc is missing")
}

// TestFiguresExist: each benchmark that a figure names is one of its package.
func TestFiguresExist(t *testing.T) {
	names := map[string]bool{}
	for _, f := range figures {
		assert.False(t, names[f.name], f.name)
		names[f.name] = true
		for _, r := range append([]reading{f.ours}, f.peers...) {
			if r.pkg == openSSL {
				continue
			}
			function, _, _ := strings.Cut(r.name, "/")
			files, err := filepath.Glob(filepath.Join("..", "..", r.pkg, "*_test.go"))
			require.NoError(t, err)
			found := false
			for _, file := range files {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				found = found || regexp.MustCompile(`(?m)^func `+function+`\(`).Match(text)
			}
			assert.True(t, found, "%s: %s", r.pkg, r.name)
		}
	}
}

func TestChoose(t *testing.T) {
	all, err := choose(options{})
	require.NoError(t, err)
	short, err := choose(options{short: true})
	require.NoError(t, err)
	assert.Len(t, all, len(figures))
	assert.Less(t, len(short), len(all))
	one, err := choose(options{only: "^emulated"})
	require.NoError(t, err)
	assert.Len(t, one, 1)
	_, err = choose(options{only: "nothing of the kind"})
	require.ErrorContains(t, err, "-run: no figure")
	_, err = choose(options{only: "("})
	require.ErrorContains(t, err, "-run: ")
	require.ErrorContains(t, run(context.Background(), options{}, io.Discard, io.Discard), "-rounds: want 1 or more")
}

// TestOpenSSL: the peer in C computes the same cryptograms, and says so where they are
// others.
func TestOpenSSL(t *testing.T) {
	folder := t.TempDir()
	program, absent := buildOpenSSL(t.Context(), folder)
	if absent != "" {
		need.Fail(t, absent+": `make deps` installs it")
	}
	var raw bytes.Buffer
	b := &bench{programs: map[string]string{openSSL: program}, raw: &raw}
	values, err := b.readOpenSSL(t.Context(), reading{openSSL, "BenchmarkOpenSSL", "10x"}, "ns/op")
	require.NoError(t, err)
	assert.Positive(t, values["BenchmarkOpenSSL"])
	assert.Contains(t, raw.String(), "BenchmarkOpenSSL")
	arguments, err := sampleCryptograms()
	require.NoError(t, err)
	for i := 3; i < 5; i++ { // ARQC and ARPC
		other := slices.Clone(arguments)
		other[i] = "0123456789ABCDEF"
		var exit *exec.ExitError
		require.ErrorAs(t, exec.Command(program, append([]string{"1"}, other...)...).Run(), &exit)
		assert.Equal(t, 1, exit.ExitCode())
	}
}
