package benchcmd

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// bench runs the command on a scenario and returns what it says and its exit code.
func bench(t *testing.T, c Run, text string) (out string, code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.till")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	c.Paths, c.Seed = []string{path}, 1
	if c.Repeat == 0 {
		c.Repeat = 1
	}
	var stdout, stderr bytes.Buffer
	err := c.Run(cli.Streams{Out: &stdout, Err: &stderr})
	if c.Reader == "" {
		assert.Empty(t, stderr.String(), "quiet where there is no terminal")
	}
	return stdout.String(), cli.ExitCode(err)
}

const pays = "include opened.inc\norder anna 5\nexpect approved\n"

// TestExitCodes: 0 where all passed, 1 where one failed, 2 where a file is wrong.
func TestExitCodes(t *testing.T) {
	out, code := bench(t, Run{}, pays)
	assert.Equal(t, cli.ExitOK, code)
	assert.Equal(t, "1 scenario: all passed\n", out)
	out, code = bench(t, Run{Repeat: 3}, pays)
	assert.Equal(t, cli.ExitOK, code)
	assert.Equal(t, "3 scenarios: all passed\n", out)
	out, code = bench(t, Run{}, pays+"expect declined 100\n")
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, out, "a.till:4: expect: expected declined 100, came approved\n     again: till bench run --seed 1 --match a ")
	_, code = bench(t, Run{}, "opem")
	assert.Equal(t, cli.ExitUsage, code)
	_, code = bench(t, Run{Match: "none"}, pays)
	assert.Equal(t, cli.ExitUsage, code)
	_, code = bench(t, Run{Shard: "2/1"}, pays)
	assert.Equal(t, cli.ExitUsage, code)
}

// TestNotPlayed: what was not played, since another failed before, is told.
func TestNotPlayed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.till": pays + "expect declined 100\n", "b.till": pays, "c.till": pays} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	junit := filepath.Join(dir, "junit.xml")
	var stdout, stderr bytes.Buffer
	c := Run{Paths: []string{dir}, Seed: 1, Repeat: 1, Until: true, Jobs: 1, JUnit: junit}
	assert.Equal(t, cli.ExitFailed, cli.ExitCode(c.Run(cli.Streams{Out: &stdout, Err: &stderr})))
	assert.Contains(t, stdout.String(), "1 scenario: 1 failed, 2 not played\n")
	text, err := os.ReadFile(junit)
	require.NoError(t, err)
	assert.Contains(t, string(text), `tests="3" failures="1" errors="0" skipped="2"`)
}

// TestShards: where there are more parts than scenarios, some have none, and pass.
func TestShards(t *testing.T) {
	out, code := bench(t, Run{Shard: "2/2"}, pays)
	assert.Equal(t, cli.ExitOK, code)
	assert.Equal(t, "0 scenarios: none in this part\n", out)
}

// TestUntilFailure: it goes on with other seeds until one fails.
func TestUntilFailure(t *testing.T) {
	out, code := bench(t, Run{Until: true}, pays+"expect declined 100\n")
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, out, "1 scenario: 1 failed")
}

// TestProgress: what is left is told.
func TestProgress(t *testing.T) {
	p := progress{total: 10}
	assert.Equal(t, "4 of 10, 1 failed, 6s left", p.line(4, 1, 4*time.Second))
	assert.Equal(t, "0 of 10", p.line(0, 0, 0))
	p.endless = true
	assert.Equal(t, "4", p.line(4, 0, time.Second))
}

// TestRealTime: the clock runs, and a wait takes as long as it takes. A reader goes with
// one job, and a card of somebody's own with one round.
func TestRealTime(t *testing.T) {
	began := time.Now()
	out, code := bench(t, Run{Real: true}, "include opened.inc\nenter 1234\nfault card delay VERIFY 700ms\ninsert anna 9.50\nexpect approved\n")
	assert.Equal(t, cli.ExitOK, code, out)
	assert.GreaterOrEqual(t, time.Since(began), 700*time.Millisecond)
	for _, c := range []Run{
		{atReader: atReader{VPCD: "127.0.0.1:1"}},
		{atReader: atReader{Reader: "pcsc:x"}, Repeat: 2},
		{atReader: atReader{Reader: "pcsc:x"}, Until: true},
		{atReader: atReader{Reader: "pcsc:x"}, Jobs: 2},
	} {
		_, code = bench(t, c, pays)
		assert.Equal(t, cli.ExitUsage, code)
	}
}
