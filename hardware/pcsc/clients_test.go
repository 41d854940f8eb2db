//go:build pcsc && cgo

package pcsc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// newCard returns a card of the profile amex-pin, whose PIN is 1234.
func newCard(t testing.TB) *card.ICC {
	t.Helper()
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	p, err := perso.Load(profiles, "amex-pin"+perso.Suffix)
	require.NoError(t, err)
	date := emv.DateOf(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC))
	personalised, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: date})
	require.NoError(t, err)
	key, err := secret.NewAES(bytes.Repeat([]byte{0x5A}, 32))
	require.NoError(t, err)
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, key, personalised.Image, nil))
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	return icc
}

// dialogue is a payment up to its cryptogram, and what comes back: the whole answer or
// its beginning and end, as hexadecimal digits.
var dialogue = []struct{ command, begins, ends string }{
	{"00A404000E315041592E5359532E444446303100", "6F", "9000"},
	{"00A4040008A00000002501080100", "6F", "9000"},
	{"80A8000002830000", "7712", "9000"},
	{"00B2010C00", "70", "9000"},
	{"80CA9F1700", "9F170103", "9000"},
	{"0020008008240000FFFFFFFFFF", "63C2", "63C2"},
	{"0020008008241234FFFFFFFFFF", "9000", "9000"},
	{"80AE80001D" + "000000001234" + "000000000000" + "0840" + "0000008000" + "0840" + "261123" + "00" + "01020304" + "00", "771E9F2701809F360200019F2608", "9000"},
	{"8033000000", "6D00", "6D00"},
}

// run runs a program of others with a bound.
func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, need.Program(t, program), arguments...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return string(out)
}

// TestScriptor has a foreign program drive our card by a script.
func TestScriptor(t *testing.T) {
	need.Program(t, "scriptor")
	d := pcscd.Start(t)
	p := port(t, d, 0)
	p.Insert(newCard(t))
	require.NoError(t, p.WaitIn(t.Context()))
	var script strings.Builder
	for _, step := range dialogue {
		fmt.Fprintln(&script, step.command)
	}
	fmt.Fprintf(&script, "reset\n%s\n", dialogue[6].command)
	file := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(file, []byte(script.String()), 0o600))
	var out string
	require.Eventually(t, func() bool { // the daemon looks for cards every 400 ms
		out = run(t, "scriptor", "-r", pcscd.Reader1, "-p", "T=0", file)
		return strings.Contains(out, "< ")
	}, 10*time.Second, 200*time.Millisecond, out)
	answers := regexp.MustCompile(`(?s)\n< ([0-9A-F \n]+) : `).FindAllStringSubmatch(out, -1)
	require.Len(t, answers, len(dialogue)+1, out)
	for i, step := range dialogue {
		checkAnswer(t, step.command, answers[i][1], step.begins, step.ends)
	}
	assert.Contains(t, out, "< OK: 3B 64 00 00 74 69 6C 6C", "the answer to the reset")
	checkAnswer(t, "VERIFY without an application", answers[len(dialogue)][1], "6985", "6985")
}

func checkAnswer(t *testing.T, command, answer, begins, ends string) {
	t.Helper()
	digits := strings.Join(strings.Fields(answer), "")
	assert.True(t, strings.HasPrefix(digits, begins) && strings.HasSuffix(digits, ends), "%s: %s", command, digits)
}

// TestOpenSCTool has another one drive it, which first looks for cards that it knows.
func TestOpenSCTool(t *testing.T) {
	need.Program(t, "opensc-tool")
	d := pcscd.Start(t)
	p := port(t, d, 0)
	p.Insert(newCard(t))
	require.NoError(t, p.WaitIn(t.Context()))
	arguments := []string{"-r", "0", "-c", "default"}
	for _, step := range dialogue {
		arguments = append(arguments, "-s", step.command)
	}
	var out string
	require.Eventually(t, func() bool {
		out = run(t, "opensc-tool", arguments...)
		return strings.Contains(out, "Received")
	}, 10*time.Second, 200*time.Millisecond, out)
	words := regexp.MustCompile(`Received \(SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})\)`).FindAllStringSubmatch(out, -1)
	require.Len(t, words, len(dialogue), out)
	for i, step := range dialogue {
		assert.Equal(t, step.ends, words[i][1]+words[i][2], step.command)
	}
	assert.Contains(t, run(t, "opensc-tool", "-r", "0", "-a"), "3b:64:00:00:74:69:6c:6c")
}

// TestPullInTheMiddle pulls the card in the middle of a command, and after a number of
// them; the daemon's clients see a card that is gone, and the next session works.
func TestPullInTheMiddle(t *testing.T) {
	d := pcscd.Start(t)
	p, r := port(t, d, 0), open(t, pcscd.Reader1)
	began := make(chan struct{}, 1)
	p.Insert(hangingOn{newCard(t), apdu.GetChallenge().INS, began})
	c, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Transmit(t.Context(), []byte{0x00, 0x84, 0x00, 0x00, 0x00})
		failed <- err
	}()
	<-began
	p.Pull()
	require.ErrorIs(t, <-failed, hardware.ErrCardRemoved)

	p.Insert(newCard(t))
	require.NoError(t, p.PullAfter(2))
	require.NoError(t, r.WaitRemoval(t.Context()))
	c, err = r.WaitCard(t.Context())
	require.NoError(t, err)
	for range 2 {
		_, err = c.Transmit(t.Context(), []byte{0x80, 0xCA, 0x9F, 0x17, 0x00})
		require.NoError(t, err)
	}
	_, err = c.Transmit(t.Context(), []byte{0x80, 0xCA, 0x9F, 0x17, 0x00})
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	require.NoError(t, r.WaitRemoval(t.Context()))
}

// hangingOn is a card that works on one command until it is pulled.
type hangingOn struct {
	hardware.Chip
	ins   byte
	began chan struct{}
}

func (h hangingOn) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	c, err := h.Chip.PowerOn(p)
	return hanging{c, h}, err
}

type hanging struct {
	hardware.Card
	on hangingOn
}

func (h hanging) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] != h.on.ins {
		return h.Card.Transmit(ctx, command)
	}
	h.on.began <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}
