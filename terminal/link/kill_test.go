package link_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata/need"
)

// childLink names the environment variable that makes this test binary the
// terminal that is killed: journal and address of the host.
const childLink = "TILL_TEST_LINK"

// TestMain runs the child where it is asked for.
func TestMain(m *testing.M) {
	if args := os.Getenv(childLink); args != "" {
		fatal(child(args))
	}
	os.Exit(m.Run())
}

// child makes purchases for ever. It tells of each one when it is completed: with
// an advice, an approval or a reversal.
func child(args string) error {
	var path, address string
	if _, err := fmt.Sscan(args, &path, &address); err != nil {
		return err
	}
	key, err := secret.NewAES(bytes.Repeat([]byte{0xA5}, 32))
	fatal(err)
	initial, err := secret.NewTDES([]byte("0123456789abcdef"))
	fatal(err)
	j, err := journal.Open(journal.Config{Path: path, Key: key})
	fatal(err)
	fatal(link.LoadTDES(j, initial, initialKSN))
	p, err := profile.Named("demo")
	fatal(err)
	l, err := link.New(link.Config{Address: address, Journal: j, Profile: p})
	fatal(err)
	pan, err := account.ParsePAN([]byte("374245001741007"))
	fatal(err)
	digits, err := pin.Parse([]byte("4711"))
	fatal(err)
	r := &kernel.OnlineRequest{PAN: pan, PIN: digits, Expiry: emv.Date{Year: 2027, Month: 12, Day: 31}, Transaction: kernel.Transaction{Amount: 1234, Time: noon}}
	for {
		counter, err := j.NextCounter()
		fatal(err)
		r.Transaction.Amount = uint64(counter)
		if _, err := l.Authorize(context.Background(), r); err != nil {
			return err
		}
		result, verb := approved(), "approved"
		switch counter % 3 {
		case 1:
			result, verb = approved(scriptResult), "advised"
		case 2:
			result, verb = reversed(), "reversed"
		}
		fatal(l.Completed(context.Background(), result))
		fmt.Println(verb, counter)
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ledger is what the host has booked by amount, which names a purchase.
type ledger struct {
	mu      sync.Mutex
	booked  map[uint64]int // approvals less reversals of what was approved
	undone  map[uint64]int // reversals
	advised map[uint64]int
	ksns    map[dukpt.TDESKSN]bool
	seen    map[message.DuplicateKey]bool
	open    uint64 // the newest purchase, whose fate is not known
	t       *testing.T
}

// handle books a message once, as an issuer does.
func (l *ledger) handle(m message.Message) message.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := message.DuplicateKeyOf(m)
	if l.seen[key] {
		if !m.Head().Repeat {
			l.t.Errorf("%s comes twice and is no repeat", key.Kind)
		}
		return approve(m)
	}
	l.seen[key] = true
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		m.SecurityControl.Open(func(b []byte) {
			if l.ksns[dukpt.TDESKSN(b)] {
				l.t.Error("a PIN key comes twice")
			}
			l.ksns[dukpt.TDESKSN(b)] = true
		})
		if l.undone[m.Amount] == 0 { // the reversal may overtake it on another connection
			l.booked[m.Amount]++
		}
		l.open = max(l.open, m.Amount)
	case *message.Reversal:
		l.booked[m.Amount] = 0
		l.undone[m.Amount]++
	case *message.Advice:
		l.advised[m.Amount]++
	}
	return approve(m)
}

// TestKilledTerminal kills the terminal at random instants. In the end the host has
// booked what the terminal told to be approved and nothing else.
func TestKilledTerminal(t *testing.T) {
	rounds := need.Nightly(t, 5, 20, 200)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "journal")
	books := &ledger{booked: map[uint64]int{}, undone: map[uint64]int{}, advised: map[uint64]int{}, ksns: map[dukpt.TDESKSN]bool{}, seen: map[message.DuplicateKey]bool{}, t: t}
	h := newHost(t, books.handle)
	address := h.listen()
	told := map[uint64]string{}
	last := make([]uint64, 0, rounds) // the newest purchase when the terminal died
	for range rounds {
		for _, line := range killed(t, path+" "+address, time.Duration(random.IntN(60))*time.Millisecond) {
			var verb string
			var amount uint64
			_, err := fmt.Sscan(line, &verb, &amount)
			require.NoError(t, err)
			require.Empty(t, told[amount], "doubled")
			told[amount] = verb
		}
		books.mu.Lock()
		last = append(last, books.open)
		books.mu.Unlock()
	}
	j, err := journal.Open(journal.Config{Path: path, Key: storageKey(t), Wait: patience})
	require.NoError(t, err)
	l, err := link.New(link.Config{Address: address, Journal: j, Profile: demo(t)})
	require.NoError(t, err)
	settled(t, j)
	require.NoError(t, l.Close())
	require.NoError(t, j.Close())
	books.audit(told, last)
	assert.Greater(t, len(told), rounds)
	t.Logf("%d purchases told", len(told))
}

// audit compares the books with what was told. A purchase during which the terminal
// died is reversed, or was completed without being told.
func (l *ledger) audit(told map[uint64]string, last []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	died := map[uint64]bool{}
	for _, amount := range last {
		died[amount] = true
	}
	for amount, booked := range l.booked {
		assert.LessOrEqual(l.t, l.undone[amount], 1, "reversals of purchase %d", amount)
		switch verb := told[amount]; verb {
		case "":
			assert.True(l.t, died[amount] || l.undone[amount] == 1, "purchase %d was not told", amount)
			assert.LessOrEqual(l.t, booked, 1, "purchase %d", amount)
			assert.LessOrEqual(l.t, l.advised[amount], 1)
		case "reversed":
			assert.Zero(l.t, booked, "purchase %d", amount)
		default:
			assert.Equal(l.t, 1, booked, "purchase %d, %s", amount, verb)
			assert.Equal(l.t, verb == "advised", l.advised[amount] == 1, "purchase %d, %s", amount, verb)
		}
	}
	for amount := range told {
		assert.Contains(l.t, l.booked, amount)
	}
}

// killed runs the child, kills it a while after its first line, and returns what it
// told in whole lines.
func killed(t *testing.T, args string, after time.Duration) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childLink+"="+args)
	cmd.Stderr = os.Stderr
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
