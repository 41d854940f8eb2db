package story_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
)

// TestWrongFiles: a wrong line gives file and line, what is wanted, and a hint.
func TestWrongFiles(t *testing.T) {
	for text, want := range map[string]string{
		"opem":                            "test.till:1: the first word of a line is no verb, did you mean open?: want one of issue, open",
		"\n\n# a comment\nscann":          "test.till:4: ",
		"----\napproved":                  "test.till:1: a result has no command before it",
		"open terminal=$where":            "test.till:1: nothing sets $where: use `set where=VALUE` above",
		"table a\nrow 1 2":                "test.till:2: the row has 2 values, the table 1 name: a",
		"row 1":                           "test.till:1: a row has no table",
		"table a\nrow 1\nrow 1":           "test.till:3: the table has this row already",
		"table a\nrow 1\nopen\n---- 2\nx": "test.till:4: the table has no row \"2\": want some of 1",
		"open\ntable a":                   "test.till:2: want one table, before the first verb",
		"set 1":                           "test.till:1: want NAME=VALUE",
		"step one":                        "test.till:1: want a name for programs and a title",
		"tags":                            "test.till:1: want at least one tag",
		"include":                         "test.till:1: want the file to include",
		"include nowhere.inc":             "test.till:1: include nowhere.inc: it lies neither beside",
		"include ../../etc/passwd":        "test.till:1: include ../../etc/passwd: it lies neither",
		"include self.inc":                "self.inc:1: files include each other more than 8 deep",
		"include result.inc":              "result.inc:2: a file that is included has no results",
		"include table.inc":               "table.inc:1: a file that is included has no table",
		"table pin\nrow 0483\nopen\n---- 0483\nx": "test.till:4: the table has no row",
	} {
		files := fstest.MapFS{
			"self.inc": {Data: []byte("include self.inc")}, "result.inc": {Data: []byte("open\n----\nx")}, "table.inc": {Data: []byte("table a")},
		}
		_, err := story.Parse(files, "test.till", text)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want)
	}
}

// TestTable: each row is a scenario with its values, and its results.
func TestTable(t *testing.T) {
	f, err := story.Parse(story.BuiltIn(), "folder/name.till", "# What it\n# is about.\ntitle Pay $amount with $pin\ntags a b\ntable amount pin\nrow 5 0483\nrow 6 0716\nset other=x amount=7\nenter $pin\ninsert anna $amount # at ${other}\n---- 5/1\nfive\n----\nany")
	require.NoError(t, err)
	require.Len(t, f.Scenarios, 2)
	s := f.Scenarios[1]
	assert.Equal(t, "folder/name[6/2]", s.Name)
	assert.Equal(t, "Pay 6 with ****", s.Title)
	assert.Equal(t, "What it is about.", s.About)
	assert.Equal(t, []string{"a", "b"}, s.Tags)
	lines := s.Steps[0].Blocks[0].Lines
	assert.Equal(t, []string{"enter 0716", "insert anna 6 # at x"}, []string{lines[0].Text, lines[1].Text})
	assert.Equal(t, "enter ****", lines[0].Masked())
	assert.Equal(t, 10, lines[1].Number)
}

// TestMasked: no PIN of a line shows, wherever it stands.
func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"enter 0483 bypass 12345": "enter **** bypass ****", "order anna 9.50 pin=0483": "order anna 9.50 pin=****",
		"change-pin anna 0483 # why": "change-pin anna **** # why", "expect travelled has 1420": "expect travelled has 1420",
		"insert anna 0483": "insert anna ****",
	} {
		assert.Equal(t, want, story.Line{Text: text}.Masked())
	}
}

// TestUpdated: results are written in place, one for all rows or one for each group,
// and all else stays as it is.
func TestUpdated(t *testing.T) {
	text := "table a\nrow 1\nrow 2\nrow 3\n\nopen\n----\nold\n\n# comment\norder anna 5\nexpect approved\n\nactivate anna\n---- 2\nold\nolder\n----\n\nshow receipt\n----\n"
	f, err := story.Parse(story.BuiltIn(), "test.till", text)
	require.NoError(t, err)
	got := f.Updated(map[string][][]string{
		"1": {{"same"}, {"x"}, {"left"}, {}}, "2": {{"same"}, {"y"}, {"right", "more"}, {}}, "3": {{"same"}, {"z"}, {"left"}, {}},
	})
	assert.Equal(t, "table a\nrow 1\nrow 2\nrow 3\n\nopen\n----\nsame\n\n# comment\norder anna 5\nexpect approved\n\nactivate anna\n---- 1, 3\nleft\n---- 2\nright\nmore\n\nshow receipt\n----\n", got)
	again, err := story.Parse(story.BuiltIn(), "test.till", got)
	require.NoError(t, err)
	assert.Len(t, again.Scenarios, 3)
}

// TestResult: a result that differs fails at its first line that does, and an expected
// outcome needs no other line.
func TestResult(t *testing.T) {
	begin := "include opened.inc\n\norder anna 5\norder anna 600\n"
	w, _ := world(t)
	assert.NoError(t, play(t, w, strings.Split(begin+"----\napproved\ndeclined 121, exceeds withdrawal amount limit", "\n")...))
	w, _ = world(t)
	err := play(t, w, strings.Split(begin+"----\napproved\napproved", "\n")...)
	assert.ErrorContains(t, err, `test.till:7: expected "approved", came "declined 121, exceeds withdrawal amount limit"`)
}

// TestNothingPassesUnseen: a scenario that does nothing, and a result that would never
// be compared, are errors of the file.
func TestNothingPassesUnseen(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "nothing is done here",
		"title A\nset a=1\nstep one One\n# text": "nothing is done here",
		"open\n----\na\n----\nb":                 "a result for all rows already",
		"table a\nrow 1\nrow 2\nopen\n---- 1\na\n---- 2, 1\nb": "the row 1 has a result already",
		"table a\nrow 1\nopen\n---- 1, 1\na":                   "the row 1 has a result already",
	} {
		_, err := story.Parse(story.BuiltIn(), "a.till", text)
		assert.ErrorContains(t, err, want, text)
	}
}
