package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/report"
	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/suite"
	"github.com/f510b0cf/till/testdata/need"
)

// scenario has a fault, a PIN in every place where one can stand, and fails at its end.
const scenario = `# About <this> & that.
title A <title>
table new-pin
row 0483
include opened.inc
step one First step
change-pin anna $new-pin
enter 1234
fault line lose answer
insert anna 9.50
----
` + "expect nothing\n"

// reported plays a scenario that passes and one that fails.
func reported(t *testing.T) *report.Report {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fails.till"), []byte(strings.ReplaceAll(scenario, "----\nexpect nothing", "expect approved")), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "passes.till"), []byte("include opened.inc\norder anna 5 pin=0483\nexpect declined 904\nenter 1234\ninsert anna 9.50\nexpect approved\n"+
		"call anna card code 1 0483 0483\nexpect heard has To end the call\n"), 0o600))
	files, err := suite.Load(dir)
	require.NoError(t, err)
	var results []suite.Result
	suite.Run(t.Context(), suite.Config{Events: true, Done: func(r suite.Result) bool {
		results = append(results, r)
		return true
	}}, suite.Plays(files, 1))
	require.Len(t, results, 2)
	return &report.Report{Results: results, Began: time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC), Took: time.Second}
}

// element is what the schema junit-10.xsd of the Jenkins xUnit plug-in allows in an
// element: attributes, those that must be there, and elements.
type element struct{ attributes, required, inside []string }

var junit = map[string]element{
	"testsuites": {[]string{"name", "time", "tests", "failures", "errors"}, nil, []string{"testsuite"}},
	"testsuite": {
		[]string{"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		[]string{"name", "tests", "failures", "errors"}, []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
	},
	"testcase":   {[]string{"name", "time", "classname", "group"}, []string{"name"}, []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"skipped":    {[]string{"type", "message"}, nil, nil},
	"failure":    {[]string{"type", "message"}, nil, nil},
	"system-out": {},
}

// TestJUnit: the report keeps to the schema, and counts right.
func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	r := reported(t)
	r.Unplayed = []suite.Play{{Scenario: story.Scenario{Name: "sub/left", Title: "A scenario that was left out"}}}
	require.NoError(t, r.WriteJUnit(&out))
	text := out.String()
	var open []string
	for decoder := xml.NewDecoder(&out); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			require.Contains(t, junit, name)
			if len(open) > 0 {
				assert.Contains(t, junit[open[len(open)-1]].inside, name)
			} else {
				assert.Equal(t, "testsuites", name)
			}
			var given []string
			for _, a := range token.Attr {
				given = append(given, a.Name.Local)
				assert.Contains(t, junit[name].attributes, a.Name.Local, name)
				if a.Name.Local == "time" {
					assert.Regexp(t, `^[0-9]+\.[0-9]{3}$`, a.Value)
				}
			}
			for _, r := range junit[name].required {
				assert.Contains(t, given, r, name)
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	assert.Contains(t, text, `tests="3" failures="1" errors="0"`)
	assert.Contains(t, text, `<testsuite name="sub" tests="2" failures="0" errors="0" skipped="1"`)
	assert.Contains(t, text, `<testcase name="passes" classname="sub"`)
	assert.Contains(t, text, `<failure message="fails.till:11: expect: expected approved, came declined offline"`)
}

// TestJUnitIsRead: a program of others reads the report, and finds the failure.
func TestJUnitIsRead(t *testing.T) {
	reader := need.Program(t, "junitparser")
	r := reported(t)
	path := filepath.Join(t.TempDir(), "junit.xml")
	verify := func() error {
		var out bytes.Buffer
		require.NoError(t, r.WriteJUnit(&out))
		require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
		said, err := exec.Command(reader, "verify", path).CombinedOutput()
		assert.Empty(t, string(said))
		return err
	}
	failed := (*exec.ExitError)(nil)
	require.ErrorAs(t, verify(), &failed)
	assert.Equal(t, 1, failed.ExitCode())
	merged := filepath.Join(filepath.Dir(path), "merged.xml")
	require.NoError(t, exec.Command(reader, "merge", path, path, merged).Run())
	text, err := os.ReadFile(merged)
	require.NoError(t, err)
	assert.Contains(t, string(text), `tests="4"`)
	assert.Contains(t, string(text), `failures="2"`)
	r.Results = slices.DeleteFunc(r.Results, func(one suite.Result) bool { return one.Err != nil })
	require.NoError(t, verify())
}

// TestLast: the difference to the run before is told: what newly failed, what is new,
// gone or came to something else.
func TestLast(t *testing.T) {
	r := reported(t)
	var before bytes.Buffer
	require.NoError(t, r.WriteJSON(&before))
	last, err := report.ReadLast(bytes.NewReader(before.Bytes()))
	require.NoError(t, err)
	r.Last = last
	assert.Equal(t, "since 2026-11-23 12:00:00 UTC: 1 failed before, too", r.Differences())

	changed := strings.NewReplacer(`"name": "fails[1]"`, `"name": "gone"`, `"approved"`, `"declined 100"`).Replace(before.String())
	r.Last, err = report.ReadLast(strings.NewReader(changed))
	require.NoError(t, err)
	assert.Equal(t, "since 2026-11-23 12:00:00 UTC: 1 changed, 1 new, 1 not played", r.Differences())
	var page bytes.Buffer
	require.NoError(t, r.WriteHTML(&page))
	assert.Contains(t, page.String(), "Not played: gone.")
	assert.Contains(t, page.String(), "declined 100</td></tr>")

	_, err = report.ReadLast(strings.NewReader("<html>"))
	assert.ErrorContains(t, err, "want a file that --json wrote")
}

// secrets are what no report may hold: the PINs of the scenarios, and the account.
var secrets = regexp.MustCompile(`\b(0483|1234|374245001741007)\b`)

// TestNoSecrets: no report holds a PIN or an account number.
func TestNoSecrets(t *testing.T) {
	r := reported(t)
	for name, write := range map[string]func(io.Writer) error{"JUnit": r.WriteJUnit, "JSON": r.WriteJSON, "HTML": r.WriteHTML} {
		var out bytes.Buffer
		require.NoError(t, write(&out))
		assert.Empty(t, secrets.FindString(out.String()), name)
		assert.NotEmpty(t, out.String())
	}
}

// TestJSON: the report has lines, results, states and events.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, reported(t).WriteJSON(&out))
	var d struct {
		Passed, Failed int
		Scenarios      []struct {
			Name  string
			OK    bool
			Error string
			Steps []struct {
				Lines []struct {
					Text  string
					Cards []struct{ Phase string }
				}
			}
			Events []struct{ Place string }
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &d))
	assert.Equal(t, 1, d.Passed)
	assert.Equal(t, 1, d.Failed)
	failed := d.Scenarios[0]
	assert.Equal(t, "fails[1]", failed.Name)
	assert.Contains(t, failed.Error, "fails.till:11:")
	lines := failed.Steps[1].Lines
	i := slices.IndexFunc(lines, func(l struct {
		Text  string
		Cards []struct{ Phase string }
	}) bool {
		return l.Text == "insert anna 9.50"
	})
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, "sent", lines[i].Cards[0].Phase)
	assert.True(t, slices.ContainsFunc(failed.Events, func(e struct{ Place string }) bool { return e.Place == "fault" }))
}

// TestHTML: the page needs nothing from elsewhere, marks faults and failures, and
// escapes what files say.
func TestHTML(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, reported(t).WriteHTML(&out))
	text := out.String()
	assert.NotRegexp(t, `(?i)(src|href)="[^#]|url\(|@import|<script`, text)
	for _, want := range []string{
		"About &lt;this&gt; &amp; that.", "A &lt;title&gt;", `class="fault"`, "the answer is lost", "PIN sent, card active", "floor-limit-exceeded (Book 3, 10.6.1)",
		"1 passed, 1 failed", "expected approved, came declined offline", "change-pin anna ****",
	} {
		assert.Contains(t, text, want)
	}
	require.NoError(t, xml.Unmarshal([]byte(regexp.MustCompile(`(?s)<svg.*?</svg>`).FindString(text)), new(struct{ XMLName xml.Name })), "the diagram is XML")
}

// TestHTMLInBrowser: a browser draws the page.
func TestHTMLInBrowser(t *testing.T) {
	browser := need.Program(t, "chromium")
	dir := t.TempDir()
	page, err := os.Create(filepath.Join(dir, "report.html"))
	require.NoError(t, err)
	require.NoError(t, reported(t).WriteHTML(page))
	require.NoError(t, page.Close())
	shot := filepath.Join(dir, "report.png")
	command := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--window-size=1180,2000", "--screenshot="+shot, "file://"+page.Name())
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
	file, err := os.Open(shot)
	require.NoError(t, err)
	defer file.Close()
	picture, err := png.Decode(file)
	require.NoError(t, err)
	colours := map[[3]uint32]bool{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	for name, colour := range map[string][3]uint32{"failed": {0xb3, 0x26, 0x1e}, "passed": {0x1c, 0x7c, 0x4a}, "commands": {0x2b, 0x5f, 0xa8}} {
		assert.True(t, colours[colour], name)
	}
}
