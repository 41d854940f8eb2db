package journal_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/testdata/need"
)

// childJournal names the environment variable that makes this test binary the
// process that is killed.
const childJournal = "TILL_TEST_JOURNAL"

// TestMain runs the child where it is asked for.
func TestMain(m *testing.M) {
	if path := os.Getenv(childJournal); path != "" {
		child(path)
	}
	os.Exit(m.Run())
}

// child adds and erases items for ever, and tells each as it is done.
func child(path string) {
	key, err := secret.NewAES(bytes.Repeat([]byte{0xA5}, 32))
	fatal(err)
	j, err := journal.Open(journal.Config{Path: path, Key: key})
	fatal(err)
	for {
		var sequence uint64
		var stan uint32
		fatal(j.Update(func(tx *journal.Tx) (err error) {
			if stan, err = tx.NextSTAN(day); err != nil {
				return err
			}
			sequence, err = add(tx, fmt.Sprint(stan))
			return err
		}))
		fmt.Printf("added %d %d\n", sequence, stan)
		if sequence%3 == 0 {
			fatal(j.Update(func(tx *journal.Tx) error { return tx.Erase(sequence) }))
			fmt.Printf("erased %d %d\n", sequence, stan)
		}
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestKilledProcess kills a process that writes, at random instants: what it was
// told to be done is there, once, and no number comes again.
func TestKilledProcess(t *testing.T) {
	rounds := need.Nightly(t, 5, 20, 200)
	path := filepath.Join(t.TempDir(), "journal")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	told := map[uint64]string{}
	stans := map[uint32]bool{}
	acknowledged := 0
	for range rounds {
		for _, line := range killed(t, path, time.Duration(random.IntN(40))*time.Millisecond) {
			var verb string
			var sequence uint64
			var stan uint32
			_, err := fmt.Sscan(line, &verb, &sequence, &stan)
			require.NoError(t, err)
			acknowledged++
			if verb == "erased" {
				delete(told, sequence)
				continue
			}
			require.False(t, stans[stan], "STAN %d comes twice", stan)
			stans[stan], told[sequence] = true, fmt.Sprint(stan)
		}
		told = settle(t, path, told, stans)
	}
	assert.Greater(t, acknowledged, rounds, "the processes got to work")
}

// settle compares the journal with what was told, and returns the former. It may
// be ahead by one update: the process died before it told of it.
func settle(t *testing.T, path string, told map[uint64]string, stans map[uint32]bool) map[uint64]string {
	t.Helper()
	j := at(t, path)
	defer j.Close()
	found := items(t, j)
	ahead := 0
	for sequence, content := range told {
		if _, ok := found[sequence]; !ok {
			require.Zero(t, sequence%3, "item %d is lost", sequence)
			ahead++
			continue
		}
		require.Equal(t, content, found[sequence])
	}
	for sequence, content := range found {
		if _, ok := told[sequence]; !ok {
			ahead++
			var stan uint32
			_, err := fmt.Sscan(content, &stan)
			require.NoError(t, err)
			require.False(t, stans[stan], "STAN %d comes twice", stan)
			stans[stan] = true
		}
	}
	require.LessOrEqual(t, ahead, 1)
	return found
}

// killed runs the child, kills it a while after its first line, and returns what
// it told in whole lines.
func killed(t *testing.T, path string, after time.Duration) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childJournal+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(out)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		if len(lines) == 0 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		lines = append(lines, line)
	}
	require.Error(t, cmd.Wait(), "it was killed")
	return lines
}
