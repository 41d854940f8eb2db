//go:build pcsc && cgo

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// console is a block of a document that shows a dialogue with a shell.
var console = regexp.MustCompile("(?s)```console\n(.*?)```")

// TestHardwareDocument types the transcripts of docs/hardware.md into a shell, in
// order, with a daemon of the test's own in place of the machine's.
func TestHardwareDocument(t *testing.T) {
	need.Program(t, "scriptor")
	need.Program(t, "opensc-tool")
	d := pcscd.Start(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "hardware.md"))
	require.NoError(t, err)
	ours := strings.NewReplacer("Virtual PCD", "till test", "pcsc:PCD", "pcsc:test", "127.0.0.1:35963", d.Address(0),
		"till card serve my.card", "till card serve my.card --address "+d.Address(0))
	path, dir, seen := tillPath(t), t.TempDir(), 0
	t.Cleanup(func() { example{command: "kill $(cat serving.pid) 2>/dev/null; true"}.run(t, path, dir) })
	for _, block := range console.FindAllStringSubmatch(string(text), -1) {
		for _, e := range examples(ours.Replace(block[1]), "") {
			seen++
			typed(t, e, path, dir)
		}
	}
	assert.Greater(t, seen, 8)
}

// typed types a command and compares what comes out; "..." stands for the rest of a
// line, or for lines. A command in the background gets a while, as a person takes one.
func typed(t *testing.T, e example, path, dir string) {
	t.Helper()
	want := regexp.QuoteMeta(columns(e.output))
	want = strings.ReplaceAll(want, `\.\.\.`, ".*")
	got := e.run(t, path, dir)
	assert.Regexp(t, `\A(?s:`+want+`)\z`, columns(got), e.command)
	if strings.Contains(e.command, ">serving") {
		time.Sleep(2 * time.Second)
	}
}

// columns returns text with one space between columns, whose widths depend on the name
// of the reader, and none at the ends of lines.
func columns(text string) string {
	text = regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	return strings.TrimSpace(strings.ReplaceAll(text, " \n", "\n"))
}
