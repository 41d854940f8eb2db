package story_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
)

// rowOf is a row of a table of docs/demo.md.
func rowOf(name, usage, doc string) string {
	if usage != "" {
		usage = "`" + strings.ReplaceAll(usage, "|", `\|`) + "`"
	}
	return "| `" + name + "` | " + usage + " | " + doc + " |\n"
}

// TestDocumentedVerbs: the page lists all verbs and expectations, as the program
// explains them, and its example is a story.
func TestDocumentedVerbs(t *testing.T) {
	page, err := os.ReadFile("../../docs/bench.md")
	require.NoError(t, err)
	for _, v := range story.Verbs() {
		assert.Contains(t, string(page), rowOf(v.Name, v.Usage, v.Doc))
	}
	for _, e := range story.Expectations() {
		assert.Contains(t, string(page), rowOf(e.Name, e.Usage, e.Doc))
	}
	for name, d := range story.Directives() {
		assert.Contains(t, string(page), rowOf(name, d.Usage, d.Doc))
	}
}
