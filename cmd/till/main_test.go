package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/testdata/pgtest"
	"github.com/f510b0cf/till/testdata/vectors"
)

// tests are those of this package, which end what they share.
type tests struct{ *testing.M }

// Run runs them.
func (t tests) Run() int {
	defer pgtest.Clean()
	return t.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"till": main})
}

// TestScripts plays the transcripts of testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"keep": keep, "certificates": certificates},
	})
}

// keep is the command "keep NAME REGEXP" of the transcripts: it sets the variable
// NAME to what the group of REGEXP matches in the standard output of the last exec.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep NAME REGEXP")
	}
	match := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) != 2 {
		ts.Fatalf("keep: standard output has no match of %s", args[1])
	}
	ts.Setenv(args[0], match[1])
}

// till runs one command line in this process.
func till(stdin string, args ...string) (stdout, stderr string, code int) {
	var out, err bytes.Buffer
	code = run(args, cli.Streams{In: strings.NewReader(stdin), Out: &out, Err: &err})
	return out.String(), err.String(), code
}

// rawCase is a case as `till calc --json` sees it.
type rawCase = vectors.Case[json.RawMessage, json.RawMessage]

// TestCalcVectors passes every case of every vector file through `till calc`.
func TestCalcVectors(t *testing.T) {
	for _, kind := range vectors.Kinds {
		t.Run(kind, func(t *testing.T) {
			vectors.Run(t, kind, func(t *testing.T, c rawCase) {
				stdout, stderr, code := till(string(c.In), "calc", kind, "--json")
				if c.Expect != vectors.OK {
					assert.Equal(t, cli.ExitFailed, code, stderr)
					assert.JSONEq(t, `{"failure":"`+string(c.Expect)+`"}`, stdout)
					return
				}
				require.Equal(t, cli.ExitOK, code, stderr)
				assert.JSONEq(t, string(c.Out), stdout)
			})
		})
	}
}

// TestCalcArrays passes whole files at once.
func TestCalcArrays(t *testing.T) {
	for _, kind := range vectors.Kinds {
		t.Run(kind, func(t *testing.T) {
			var in, want []json.RawMessage
			code := cli.ExitOK
			for _, c := range vectors.Load[json.RawMessage, json.RawMessage](t, kind) {
				in = append(in, c.In)
				if c.Expect == vectors.OK {
					want = append(want, c.Out)
					continue
				}
				want = append(want, json.RawMessage(`{"failure":"`+string(c.Expect)+`"}`))
				code = cli.ExitFailed
			}
			stdin, err := json.Marshal(in)
			require.NoError(t, err)
			expected, err := json.Marshal(want)
			require.NoError(t, err)
			stdout, stderr, got := till(string(stdin), "calc", kind, "--json")
			assert.Equal(t, code, got, stderr)
			assert.JSONEq(t, string(expected), stdout)
		})
	}
}

// TestVectorKindsHaveCalculators checks that no calculator lacks vectors, nor
// the other way round.
func TestVectorKindsHaveCalculators(t *testing.T) {
	var commands []string
	for _, n := range model(t).Children {
		if n.Name == "calc" {
			for _, kind := range n.Children {
				commands = append(commands, kind.Name)
			}
		}
	}
	assert.ElementsMatch(t, vectors.Kinds, commands)
}

func model(t *testing.T) *kong.Node {
	t.Helper()
	parser, err := newParser(cli.System(), func(int) {})
	require.NoError(t, err)
	return parser.Model.Node
}

// example is one worked example of a help text.
type example struct{ command, output string }

// examples reads the lines "$ command" of a text, set off by an indent, each with
// the output that follows it. A command that ends in \ goes on in the next line.
func examples(text, indent string) []example {
	var found []example
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		text, isCode := strings.CutPrefix(line, indent)
		command, isCommand := strings.CutPrefix(text, "$ ")
		switch {
		case isCode && isCommand:
			found = append(found, example{command: strings.TrimSpace(command)})
		case isCode && len(found) > 0:
			found[len(found)-1].output += text
		}
	}
	return found
}

// tillPath returns a PATH with a till in it.
func tillPath(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "till"))) // testscript.Main makes the test binary a till
	return bin + ":" + os.Getenv("PATH")
}

// run types the command of an example into a shell in the folder dir.
func (e example) run(t *testing.T, path, dir string) string {
	t.Helper()
	shell := exec.Command("sh", "-c", e.command)
	shell.Env = append(os.Environ(), "PATH="+path)
	shell.Dir = dir
	output, err := shell.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit, e.command)
	}
	return strings.TrimRight(string(output), "\n")
}

// TestHelpExamples types every command of every help text into a shell and
// compares what comes out.
func TestHelpExamples(t *testing.T) {
	path := builtPath(t)
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, child := range n.Children {
			visit(child)
		}
		if len(n.Children) > 0 {
			return
		}
		t.Run(strings.ReplaceAll(n.FullPath(), " ", "_"), func(t *testing.T) {
			found := examples(n.Detail, "  ")
			require.NotEmpty(t, found, "a help text has a worked example")
			for _, e := range found {
				assert.Equal(t, strings.TrimRight(e.output, "\n"), example{command: before(n) + e.command}.run(t, path, t.TempDir()), e.command)
			}
		})
	}
	visit(model(t))
}
