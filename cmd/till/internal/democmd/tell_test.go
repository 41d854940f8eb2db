package democmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// demo runs the command and returns what it wrote.
func demo(t *testing.T, c Command) (out, trace string) {
	t.Helper()
	seed := uint64(7)
	c.Seed, c.Trace = &seed, filepath.Join(t.TempDir(), c.Trace)
	var stdout, stderr bytes.Buffer
	require.NoError(t, c.Run(cli.Streams{Out: &stdout, Err: &stderr}))
	assert.Empty(t, stderr.String())
	written, err := os.ReadFile(c.Trace)
	require.NoError(t, err)
	return stdout.String(), string(written)
}

// widthMax is the width of a line for people, in characters.
const widthMax = 120

// TestRepeats: output and trace are the same to the byte, in both forms. Lines fit a
// terminal, and without one there are no colours.
func TestRepeats(t *testing.T) {
	out, trace := demo(t, Command{Trace: "trace.txt"})
	again, traceAgain := demo(t, Command{Trace: "trace.txt"})
	assert.Equal(t, out, again)
	assert.Equal(t, trace, traceAgain)
	assert.NotContains(t, out, "\x1b")
	for line := range strings.Lines(out) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), widthMax, line)
	}
	for _, want := range []string{"PIN CHANGE/UNBLOCK: 9000 success", "host to terminal: 1110", "the answer is lost", "refused: not-allowed"} {
		assert.Contains(t, trace, want)
	}
	out, trace = demo(t, Command{Trace: "trace.json", JSON: true})
	again, traceAgain = demo(t, Command{Trace: "trace.json", JSON: true})
	assert.Equal(t, out, again)
	assert.Equal(t, trace, traceAgain)
	assert.True(t, json.Valid([]byte(trace)))
	steps, err := story.Demo()
	require.NoError(t, err)
	assert.Equal(t, len(steps), strings.Count(out, `"ok":true`))
}

// TestNarrowTerminal: what an action came to goes below it where a line does not fit;
// no line is wider than a terminal of 80 characters.
func TestNarrowTerminal(t *testing.T) {
	const width = 80
	a := story.Action{What: "the answer with the script is lost", Travelled: "17 APDUs 1100 lost 1420 1430", Means: "declined offline, PIN on-its-way"}
	assert.Equal(t, "    "+pad(a.What, whatWidth)+a.Travelled+"\n        "+a.Means+"\n", (&text{width: width}).action(a))
	wide := (&text{width: widthMax}).action(a)
	assert.Equal(t, (&text{}).action(a), wide)
	assert.Equal(t, 1, strings.Count(wide, "\n"))
	assert.Equal(t, wide, (&text{width: utf8.RuneCountInString(wide) - 1}).action(a), "it just fits")

	out, _ := demo(t, Command{Trace: "trace.txt"})
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, indent) {
			continue
		}
		runes := []rune(strings.TrimSuffix(line, "\n"))[len(indent):]
		what, travelled, means := runes[:whatWidth+2], runes[whatWidth+2:whatWidth+travelledWidth+4], runes[whatWidth+travelledWidth+4:]
		narrow := (&text{width: width}).action(story.Action{What: strings.TrimSpace(string(what)), Travelled: strings.TrimSpace(string(travelled)), Means: string(means)})
		for line := range strings.Lines(narrow) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), width, line)
		}
	}
}

// TestFailedStep: a step that fails says what was expected and what came.
func TestFailedStep(t *testing.T) {
	r := story.Report{Step: story.Step{Name: "name", Title: "Title"}, Actions: []story.Action{{What: "what", Means: "means"}}, Err: errors.New("expected a, came b")}
	var plain, coloured, encoded bytes.Buffer
	require.NoError(t, newText(&plain).step(r))
	assert.Equal(t, " 1  Title\n    what"+strings.Repeat(" ", 67)+"means\n    FAILED expected a, came b\n", plain.String())
	require.NoError(t, (&text{out: &coloured, colour: true}).step(r))
	assert.Contains(t, coloured.String(), "\x1b[31mFAILED\x1b[0m expected a, came b")
	require.NoError(t, objects{json.NewEncoder(&encoded)}.step(r))
	assert.JSONEq(t, `{"step":"name","ok":false,"detail":{"title":"Title","actions":[{"verb":"","what":"what","means":"means"}],"error":"expected a, came b"}}`, encoded.String())
}
