package trace_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware/trace"
)

var update = flag.Bool("update", false, "write the output into docs/traces.md instead of comparing it")

const document = "../../docs/traces.md"

// block matches the blocks of the document that are of one kind.
func block(kind string) *regexp.Regexp { return regexp.MustCompile("(?s)```" + kind + "\n(.*?)```") }

// TestDocumentedTrace reads the dialogues of docs/traces.md and compares what is
// written of them with what the document says.
func TestDocumentedTrace(t *testing.T) {
	doc, err := os.ReadFile(document)
	require.NoError(t, err)
	dialogues := block("trace").FindAllStringSubmatch(string(doc), -1)
	require.Len(t, dialogues, 2)
	var recordings []trace.Recording
	for _, d := range dialogues {
		r, err := trace.ParseLines(strings.NewReader(d[1]))
		require.NoError(t, err)
		recordings = append(recordings, r)
	}
	var differences strings.Builder
	for _, d := range trace.Diff(recordings[0], recordings[1]) {
		differences.WriteString(d.String() + "\n")
	}
	now := string(doc)
	for kind, output := range map[string]string{"text": textOf(t, recordings[0]), "diff": differences.String()} {
		require.Len(t, block(kind).FindAllString(now, -1), 1)
		now = block(kind).ReplaceAllLiteralString(now, "```"+kind+"\n"+output+"```")
	}
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(now), 0o644))
		return
	}
	assert.Equal(t, string(doc), now)
}

func textOf(t *testing.T, r trace.Recording) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	return b.String()
}
