//go:build pcsc && cgo

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/testdata/pcscd"
)

// served is a folder with a served card, and a till that is a process of its own.
type served struct {
	*testing.T
	folder, path string
}

// till runs a command line with a bound, and returns what it wrote.
func (s served) till(args ...string) (stdout, stderr string, ok bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	c := s.command(ctx, args...)
	var out, err bytes.Buffer
	c.Stdout, c.Stderr = &out, &err
	failed := c.Run()
	return out.String(), err.String(), failed == nil
}

func (s served) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(s.path, "till"), args...)
	c.Dir = s.folder
	c.Env = append(os.Environ(), "TILL_KEY="+filepath.Join(s.folder, "key"))
	return c
}

// must is till for a command line that has to work.
func (s served) must(args ...string) string {
	s.Helper()
	stdout, stderr, ok := s.till(args...)
	require.True(s, ok, "%s\n%s%s", strings.Join(args, " "), stdout, stderr)
	return stdout
}

// TestThroughADaemon types the way from a card file to a purchase through a PC/SC
// daemon: serve, readers, doctor, read, checkout, pull, and a card that is torn.
func TestThroughADaemon(t *testing.T) {
	d := pcscd.Start(t)
	path, _, _ := strings.Cut(tillPath(t), ":")
	s := served{t, t.TempDir(), path}
	s.must("card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", "my.card")
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "pin"), []byte("1234\n"), 0o600))

	stdout, _, ok := s.till("doctor")
	assert.False(t, ok, "no card is there")
	assert.Regexp(t, `(?m)^problem +card +no reader has a card that is ready`, stdout)
	assert.Equal(t, "till test 00 00  empty\ntill test 00 01  empty\n", s.must("readers"))

	serving := s.command(t.Context(), "card", "serve", "my.card", "--address", d.Address(0))
	var said bytes.Buffer
	serving.Stdout, serving.Stderr = &said, &said
	require.NoError(t, serving.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(s.folder, "my.card.socket"))
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	assert.Regexp(t, `^my.card  in the reader\n$`, s.must("card", "insert", "my.card"))
	assert.Equal(t, "till test 00 00  card, T=0, ATR 3B64000074696C6C\ntill test 00 01  empty\n", s.readers())
	var found struct {
		Ready   bool
		Readers []struct{ ATR struct{ Historical string } }
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("doctor", "--json")), &found))
	assert.True(t, found.Ready)
	assert.Equal(t, "74696C6C", found.Readers[0].ATR.Historical)
	assert.Contains(t, s.must("doctor"), "Ready: type")

	read := s.must("card", "read", "--reader", "pcsc:00 00")
	assert.Contains(t, read, "till test 00 00")
	assert.Contains(t, read, "374245*****1007")
	_, stderr, ok := s.till("card", "read", "--reader", "pcsc:till test")
	assert.False(t, ok)
	assert.Contains(t, stderr, "several have that name in theirs")

	s.must("card", "pull", "my.card")
	assert.Contains(t, s.asked("card", "read", "--reader", "pcsc:00 00", "--trace", "seen.lines", "--unmasked-trace-of-test-card"), "374245*****1007")
	s.must("card", "pull", "my.card")
	assert.NotEmpty(t, s.asked("trace", "replay", "seen.lines", "--reader", "pcsc:00 00"))

	receipt := s.checkout("out: `till card insert` inserts it", "card", "pull", "my.card")
	assert.Regexp(t, `outcome +APPROVED OFFLINE`, receipt)
	assert.Regexp(t, `verification +PIN, verified by the card`, receipt)

	s.must("card", "insert", "my.card")
	assert.Contains(t, s.must("card", "pull-after", "my.card", "6"), "is pulled after 6 more")
	receipt = s.checkout("out: ", "card", "status", "my.card")
	assert.Regexp(t, `outcome +CARD REMOVED`, receipt)

	require.NoError(t, serving.Process.Signal(os.Interrupt))
	require.NoError(t, serving.Wait())
	assert.Regexp(t, `(?s)^my.card  offered at .*in the reader\n.*out: `, said.String())
	assert.NoFileExists(t, filepath.Join(s.folder, "my.card.socket"))
	_, stderr, ok = s.till("card", "pull", "my.card")
	assert.False(t, ok)
	assert.Contains(t, stderr, "no card is served at my.card.socket: type `till card serve FILE`")
}

// readers returns the list once the daemon has noticed the card.
func (s served) readers() (list string) {
	s.Helper()
	require.Eventually(s, func() bool {
		list = s.must("readers")
		return strings.Contains(list, "ATR")
	}, 10*time.Second, 100*time.Millisecond)
	return list
}

// asked runs a command that has to ask for a card, inserts it, and returns what the
// command wrote.
func (s served) asked(args ...string) string {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	c := s.command(ctx, args...)
	question, err := c.StderrPipe()
	require.NoError(s, err)
	var out bytes.Buffer
	c.Stdout = &out
	require.NoError(s, c.Start())
	line, err := bufio.NewReader(question).ReadString('\n')
	require.NoError(s, err)
	assert.Equal(s, "till: insert a card into till test 00 00\n", line)
	s.must("card", "insert", "my.card")
	require.NoError(s, c.Wait())
	return out.String()
}

// checkout makes a purchase; when the terminal says to remove the card, it types a
// command line until that says what it should.
func (s served) checkout(want string, args ...string) string {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	c := s.command(ctx, "checkout", "--reader", "pcsc:00 00", "--amount", "12.34", "--terminal", "offline", "--pin-file", "pin")
	display, err := c.StderrPipe()
	require.NoError(s, err)
	var out bytes.Buffer
	c.Stdout = &out
	require.NoError(s, c.Start())
	seen := new(strings.Builder)
	for b := make([]byte, 256); !strings.Contains(seen.String(), "Remove card"); {
		n, err := display.Read(b)
		require.NoError(s, err, seen.String())
		seen.Write(b[:n])
	}
	assert.Contains(s, s.must(args...), want)
	_ = c.Wait() // the outcome decides its exit code
	return out.String()
}
