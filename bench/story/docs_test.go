package story_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/emv/random"
)

// rowOf is a row of a table of docs/bench.md.
func rowOf(name, usage, doc string) string {
	if usage != "" {
		usage = "`" + strings.ReplaceAll(usage, "|", `\|`) + "`"
	}
	return "| `" + name + "` | " + usage + " | " + doc + " |\n"
}

// page returns docs/bench.md and the scenarios in it.
func page(t *testing.T) (text string, scenarios []string) {
	t.Helper()
	content, err := os.ReadFile("../../docs/bench.md")
	require.NoError(t, err)
	text = string(content)
	for _, match := range regexp.MustCompile("(?s)```scenario\n(.*?)```").FindAllStringSubmatch(text, -1) {
		scenarios = append(scenarios, match[1])
	}
	return text, scenarios
}

// TestDocumentedVerbs: the page lists all verbs, expectations and directives, as the
// program explains them, and has an example of each.
func TestDocumentedVerbs(t *testing.T) {
	text, scenarios := page(t)
	all := "\n" + strings.Join(scenarios, "")
	for _, v := range story.Verbs() {
		assert.Contains(t, text, rowOf(v.Name, v.Usage, v.Doc))
		assert.Regexp(t, `\n`+regexp.QuoteMeta(v.Name)+`\b`, all)
	}
	for _, e := range story.Expectations() {
		assert.Contains(t, text, rowOf(e.Name, e.Usage, e.Doc))
		assert.Regexp(t, `\nexpect `+regexp.QuoteMeta(e.Name)+`\b`, all)
	}
	for name, d := range story.Directives() {
		assert.Contains(t, text, rowOf(name, d.Usage, d.Doc))
		assert.Regexp(t, `\n`+name+`\b`, all)
	}
}

// TestDocumentedScenarios plays every scenario of the page.
func TestDocumentedScenarios(t *testing.T) {
	_, scenarios := page(t)
	require.NotEmpty(t, scenarios)
	for n, text := range scenarios {
		f, err := story.Parse(story.BuiltIn(), fmt.Sprintf("example-%d.till", n+1), text)
		require.NoError(t, err)
		for _, s := range f.Scenarios {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				dir, err := os.MkdirTemp("", "till")
				require.NoError(t, err)
				t.Cleanup(func() { os.RemoveAll(dir) })
				profiles, err := fs.Sub(story.BuiltIn(), "emv")
				require.NoError(t, err)
				w, err := story.New(story.Config{Dir: dir, Source: random.Seeded(1), Start: start, Row: s.Row, Files: profiles})
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, w.Close()) })
				assert.NoError(t, w.Run(t.Context(), s.Steps, func(story.Report) error { return nil }))
			})
		}
	}
}
