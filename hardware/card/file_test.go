package card_test

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata/need"
)

// cardFile returns the path of a file with a new card.
func cardFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.card")
	f, err := card.CreateFile(path)
	require.NoError(t, err)
	require.NoError(t, card.Create(f, storageKey(t, 1), testImage(t), nil))
	require.NoError(t, f.Close())
	return path
}

func TestFile(t *testing.T) {
	path := cardFile(t)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode())

	f, err := card.OpenFile(path)
	require.NoError(t, err)
	d := inserted(t, opened(t, f))
	d.approved()
	d.ok(d.pinChange("5678"))
	_, err = card.OpenFile(path)
	require.ErrorIs(t, err, card.ErrInUse)
	require.NoError(t, f.Close())

	f, err = card.OpenFile(path)
	require.NoError(t, err)
	inserted(t, opened(t, f)).begin().ok(plaintext(t, "5678"))
	require.NoError(t, f.Close())

	_, err = card.CreateFile(path)
	require.ErrorIs(t, err, fs.ErrExist)
	_, err = card.OpenFile(path + "x")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = card.CreateFile(filepath.Join(path, "below"))
	require.Error(t, err)
}

// TestFileTornEnd: a torn end is cut off in the file too.
func TestFileTornEnd(t *testing.T) {
	path := cardFile(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(whole, 0, 0, 0, 60, 2), 0o600))
	f, err := card.OpenFile(path)
	require.NoError(t, err)
	assert.Zero(t, opened(t, f).Status()[0].ATC)
	require.NoError(t, f.Close())
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, whole, got)
}

// childFile names the environment variable by which the test binary is told to
// use a card until it is killed.
const childFile = "TILL_TEST_CARD_FILE"

// TestUseUntilKilled is the child of TestKill. It writes a line before each PIN
// CHANGE and one after each answer.
func TestUseUntilKilled(t *testing.T) {
	path := os.Getenv(childFile)
	if path == "" {
		t.Skip("only as the child of TestKill")
	}
	f, err := card.OpenFile(path)
	require.NoError(t, err)
	icc := opened(t, f)
	size, err := f.Size()
	require.NoError(t, err)
	card.CompactAt(icc, size+800) // some eight writes
	tell := func(words ...string) { _, _ = os.Stdout.WriteString("> " + strings.Join(words, " ") + "\n") }
	current := os.Getenv(childFile + "_PIN")
	for n := 0; ; n++ {
		d := inserted(t, icc).begin()
		tell("atc", strconv.Itoa(int(d.atc)))
		d.ok(plaintext(t, current))
		d.online()
		d.authenticated("00").complete(emv.ACTypeTC, "00")
		next := []string{"1234", "5678"}[int(d.atc)%2]
		tell("change", next)
		d.ok(d.pinChange(next))
		current = next
		tell("changed", next)
	}
}

// TestKill kills a process that uses a card file at some instant, again and
// again: its ATC never falls, it has one PIN, and that is the one it had or the
// one that was being sent.
func TestKill(t *testing.T) {
	path := cardFile(t)
	rounds := need.Nightly(t, 3, 12, 60)
	pinNow, atc := "1234", 0
	for round := range rounds {
		possible, told := killed(t, path, pinNow, time.Duration(20+7*round)*time.Millisecond)
		f, err := card.OpenFile(path)
		require.NoError(t, err, "the lock went with the process")
		icc := opened(t, f)
		status := icc.Status()[0]
		require.GreaterOrEqual(t, int(status.ATC), max(told, atc))
		require.GreaterOrEqual(t, status.TriesLeft, tryLimit-1)

		var accepted []string
		for _, digits := range possible {
			d := inserted(t, icc).begin()
			if d.send(plaintext(t, digits)).SW == apdu.SWSuccess {
				accepted = append(accepted, digits)
			}
		}
		require.Len(t, accepted, 1, "of %v", possible)
		pinNow, atc = accepted[0], int(icc.Status()[0].ATC)
		inserted(t, icc).begin().ok(plaintext(t, pinNow))
		require.NoError(t, f.Close())
	}
	assert.Greater(t, atc, rounds)
}

// killed runs the child on a card file, kills it after a while, and returns the
// PINs that the card may have and the last ATC that it was told.
func killed(t *testing.T, path, pinNow string, after time.Duration) (possible []string, atc int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestUseUntilKilled$")
	child.Env = append(os.Environ(), childFile+"="+path, childFile+"_PIN="+pinNow)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	possible = []string{pinNow}
	var timer *time.Timer // from the first line on
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		switch words := strings.Fields(lines.Text()); {
		case len(words) < 3 || words[0] != ">":
		case words[1] == "atc":
			atc, err = strconv.Atoi(words[2])
			require.NoError(t, err)
		case words[1] == "change" && words[2] != possible[0]:
			possible = []string{possible[0], words[2]}
		case words[1] == "changed":
			possible = []string{words[2]}
		}
	}
	_, _ = io.Copy(io.Discard, out)
	var exit *exec.ExitError
	require.True(t, errors.As(child.Wait(), &exit))
	require.False(t, exit.Exited(), "the child was killed and did not end by itself")
	return possible, atc
}
