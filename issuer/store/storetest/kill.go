package storetest

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// killEnv holds the path of the store in the process that is to be killed.
const killEnv = "TILL_STORETEST_KILL"

// The size of Kill.
const (
	killRounds  = 20
	killWorkers = 8
	killDelay   = 60 * time.Millisecond // the most that a round runs
)

// Kill has another process write to a store and kills it, again and again, at
// moments that the seed in the test's output decides. Each time nothing that was
// acknowledged may be missing, nothing be there in part, and each reply be the one
// that was acknowledged. A test calls Kill and does nothing else: it is that test,
// run by itself, that writes and is killed. open opens the store of a path.
func Kill(t *testing.T, open func(path string) (store.Store, error)) {
	if path := os.Getenv(killEnv); path != "" {
		writeUntilKilled(t, path, open)
		return
	}
	path := filepath.Join(t.TempDir(), "store")
	s, err := open(path)
	require.NoError(t, err)
	people(t, s)
	for n := range killWorkers {
		require.NoError(t, s.Create(context.Background(), ref(n), record(2, 1)))
	}
	require.NoError(t, s.Close())
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	var acknowledged [killWorkers]int64
	for range killRounds {
		killOnce(t, path, time.Duration(draw.Int64N(int64(killDelay))), &acknowledged)
		requireSurvived(t, path, open, &acknowledged)
	}
	total := int64(0)
	for _, n := range acknowledged {
		total += n
	}
	t.Logf("%d updates acknowledged in %d rounds", total, killRounds)
	assert.Positive(t, total)
}

// writeUntilKilled writes to the store from many goroutines, and a line for each
// update once it is acknowledged.
func writeUntilKilled(t *testing.T, path string, open func(path string) (store.Store, error)) {
	s, err := open(path)
	require.NoError(t, err)
	fmt.Println("ready")
	var group sync.WaitGroup
	for worker := range killWorkers {
		group.Go(func() {
			for {
				var n int64
				err := s.Update(context.Background(), ref(worker), func(tx store.Tx) error {
					n = tx.Card().Spent.Amount + 1
					writeNth(tx, n)
					return nil
				})
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				os.Stdout.WriteString(fmt.Sprintf("ack %d %d\n", worker, n))
			}
		})
	}
	group.Wait()
}

// writeNth is the nth update of an account: record, reply and entry say n.
func writeNth(tx store.Tx, n int64) {
	tx.Card().Spent.Amount = n
	tx.PutReply(store.TerminalReplies, store.NewKey(strconv.FormatInt(n, 10)), replyOf(n))
	tx.Append(store.Entry{Kind: strconv.FormatInt(n, 10)})
}

// replyOf returns a reply of some length that tells n.
func replyOf(n int64) []byte {
	return []byte(strings.Repeat(string(binary.BigEndian.AppendUint64(nil, uint64(n))), 1+int(n%50)))
}

// killOnce starts a writer, kills it some time after it is ready, and notes what it
// has acknowledged.
func killOnce(t *testing.T, path string, after time.Duration, acknowledged *[killWorkers]int64) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), killEnv+"="+path)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, "the writer did not get ready")
		if line == "ready\n" {
			break
		}
	}
	killer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
	defer killer.Stop()
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a last line without its end was not acknowledged
		}
		require.NoError(t, err)
		require.NotContains(t, line, "failed")
		var worker int
		var n int64
		if got, _ := fmt.Sscanf(line, "ack %d %d\n", &worker, &n); got == 2 {
			acknowledged[worker] = max(acknowledged[worker], n)
		}
	}
	_ = c.Wait() // it was killed
}

// requireSurvived opens the store and compares it with what was acknowledged.
func requireSurvived(t *testing.T, path string, open func(path string) (store.Store, error), acknowledged *[killWorkers]int64) {
	t.Helper()
	s, err := open(path)
	require.NoError(t, err)
	defer finish(t, s)
	for worker := range killWorkers {
		n := requireWhole(t, s, ref(worker))
		require.GreaterOrEqual(t, n, acknowledged[worker], "acknowledged and lost")
		acknowledged[worker] = n // the rest was committed, and its answer cut off
	}
}

// requireWhole checks that an account has the record, the replies and the entries
// of the same updates, and returns how many there were.
func requireWhole(t testing.TB, s store.Store, r account.Ref) (n int64) {
	t.Helper()
	require.NoError(t, s.View(context.Background(), r, func(x store.Snapshot) error {
		n = x.Card().Spent.Amount
		require.EqualValues(t, n+1, x.Card().Revision)
		for i := max(1, n-store.RepliesMax+1); i <= n; i++ {
			got, ok := x.Reply(store.NewKey(strconv.FormatInt(i, 10)))
			require.True(t, ok)
			require.Equal(t, replyOf(i), got)
		}
		_, torn := x.Reply(store.NewKey(strconv.FormatInt(n+1, 10)))
		require.False(t, torn)
		return nil
	}))
	next := n
	for e, err := range s.History(context.Background(), r) {
		require.NoError(t, err)
		require.Equal(t, strconv.FormatInt(next, 10), e.Kind)
		next--
	}
	require.Zero(t, next)
	return n
}
