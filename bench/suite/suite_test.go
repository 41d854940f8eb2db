package suite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/suite"
)

// folder writes scenario files and returns where they lie.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

// TestLoad: a folder is all files below it; errors name each file that is wrong.
func TestLoad(t *testing.T) {
	dir := folder(t, map[string]string{"a.till": "open", "b/c.till": "table x\nrow 1\nrow 2\nopen", "b/d.inc": "nonsense"})
	files, err := suite.Load(dir)
	require.NoError(t, err)
	var names []string
	for _, p := range suite.Plays(files, 1) {
		names = append(names, p.Scenario.Name)
	}
	assert.Equal(t, []string{"a", "b/c[1]", "b/c[2]"}, names)

	dir = folder(t, map[string]string{"a.till": "opem", "b.till": "opem"})
	_, err = suite.Load(dir, filepath.Join(dir, "none.till"))
	assert.ErrorContains(t, err, filepath.Join(dir, "a.till")+":1:")
	assert.ErrorContains(t, err, filepath.Join(dir, "b.till")+":1:")
	assert.ErrorContains(t, err, "no such file")
	_, err = suite.Load(t.TempDir())
	assert.ErrorContains(t, err, "no file whose name ends in .till")
}

// TestSelect: shards are disjoint and whole; tags choose and leave out.
func TestSelect(t *testing.T) {
	files, err := suite.BuiltIn()
	require.NoError(t, err)
	plays := suite.Plays(files, 1)
	seen := map[string]int{}
	for _, text := range []string{"1/3", "2/3", "3/3"} {
		s, err := suite.ParseShard(text)
		require.NoError(t, err)
		for _, p := range s.Of(plays) {
			seen[p.Scenario.Name]++
		}
	}
	assert.Len(t, seen, len(plays))
	for name, n := range seen {
		assert.Equal(t, 1, n, name)
	}
	for _, text := range []string{"", "1", "0/3", "4/3", "a/b", "1/0"} {
		_, err := suite.ParseShard(text)
		assert.Error(t, err, text)
	}
	assert.Len(t, suite.Tagged(plays, []string{"demo"}), 1)
	for _, p := range suite.Tagged(plays, []string{"pin", "!fault"}) {
		assert.Contains(t, p.Scenario.Tags, "pin")
		assert.NotContains(t, p.Scenario.Tags, "fault")
	}
}

// played plays all files of a folder.
func played(t *testing.T, c suite.Config, dir string, done func(suite.Result) bool) (files []suite.File, results []suite.Result) {
	t.Helper()
	files, err := suite.Load(dir)
	require.NoError(t, err)
	c.Done = func(r suite.Result) bool {
		results = append(results, r)
		return done(r)
	}
	suite.Run(t.Context(), c, suite.Plays(files, 1))
	return files, results
}

const pays = "include opened.inc\n\norder anna $amount\n----\n"

// TestUpdate: what came is written into files whose rows all came to their end.
func TestUpdate(t *testing.T) {
	dir := folder(t, map[string]string{
		"pays.till": "table amount\nrow 5\nrow 600\n" + pays, "wrong.till": "set amount=5\n" + pays + "\nexpect declined 100\n",
	})
	files, results := played(t, suite.Config{Accept: true}, dir, func(suite.Result) bool { return true })
	changed, err := suite.Update(files, results)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "pays.till")}, changed)
	text, err := os.ReadFile(changed[0])
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(string(text), "order anna $amount\n---- 5\napproved\n---- 600\ndeclined 121, exceeds withdrawal amount limit\n"), string(text))
	_, results = played(t, suite.Config{}, dir, func(suite.Result) bool { return true })
	for _, r := range results {
		assert.Equal(t, r.Scenario.File == "wrong.till", r.Err != nil, r.Scenario.Name)
	}
}

// TestStop: no further scenario begins once Done says so, and all end with ctx.
func TestStop(t *testing.T) {
	dir := folder(t, map[string]string{"pays.till": "table amount\nrow 1\nrow 2\nrow 3\nrow 4\ninclude opened.inc\norder anna $amount\nexpect approved"})
	_, results := played(t, suite.Config{Jobs: 1}, dir, func(suite.Result) bool { return false })
	assert.Len(t, results, 1)

	files, err := suite.Load(dir)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	suite.Run(ctx, suite.Config{Done: func(suite.Result) bool { t.Error("nothing was to be played"); return true }}, suite.Plays(files, 1))
}
