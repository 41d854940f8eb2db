package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documents are the texts for readers, with their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "testdata/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", pattern))
		require.NoError(t, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[path] = string(text)
		}
	}
	require.Greater(t, len(texts), 5)
	return texts
}

// shortened is a line of a document that stands for any number of lines.
const shortened = "...\n"

// TestDocumentExamples types every command of the documents that is till's into a
// shell and compares what comes out.
func TestDocumentExamples(t *testing.T) {
	path, seen := builtPath(t), 0
	for document, text := range documents(t) {
		dir := t.TempDir() // the examples of a document build on each other
		for _, e := range examples(text, "    ") {
			if !strings.Contains(" "+e.command, " till ") {
				continue
			}
			seen++
			parts := strings.Split(strings.TrimRight(e.output, "\n")+"\n", shortened)
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			want := regexp.MustCompile(`\A(?s:` + strings.Join(parts, ".*") + `)\z`)
			assert.Regexp(t, want, e.run(t, path, dir)+"\n", "%s: %s", document, e.command)
		}
	}
	assert.GreaterOrEqual(t, seen, 3)
}

// link is a link of Markdown to something else than a web page or a heading.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestDocumentLinks looks for what the documents link to.
func TestDocumentLinks(t *testing.T) {
	seen := 0
	for document, text := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			seen++
			assert.FileExists(t, filepath.Join(filepath.Dir(document), match[1]), document)
		}
	}
	assert.GreaterOrEqual(t, seen, 5)
}

// TestNightlyExample plays a terminal maker's night, a short one.
func TestNightlyExample(t *testing.T) {
	script, err := filepath.Abs(filepath.Join("..", "..", "examples", "terminal-maker", "nightly.sh"))
	require.NoError(t, err)
	dir := t.TempDir()
	c := exec.Command("sh", script)
	c.Env = append(os.Environ(), "PATH="+builtPath(t), "SEED=1", "REPEAT=1", "RUNS=1",
		"JUNIT="+filepath.Join(dir, "junit.xml"), "HTML="+filepath.Join(dir, "report.html"))
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Regexp(t, `(?s)scenarios: all passed\n.*seeds 1 to 1: .*all invariants held\n$`, string(out))
	assert.FileExists(t, filepath.Join(dir, "junit.xml"))
	assert.FileExists(t, filepath.Join(dir, "report.html"))
}
