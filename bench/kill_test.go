package bench_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware/card"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/testdata/need"
)

// What makes this test binary the process that is killed.
const (
	childHost     = "TILL_TEST_HOST"     // data directory and key-encryption key
	childTerminal = "TILL_TEST_TERMINAL" // journal, card file and address of the issuer
	childPINs     = "TILL_TEST_PINS"     // that the card may have
)

// killRounds is how often a process is killed.
func killRounds(t *testing.T) int { return need.Nightly(t, 5, 20, 200) }

// seeded returns a generator whose seed is told, for the instants of kills.
func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// anyPace lets tests change a PIN as fast as they can.
func anyPace() member.Pace { return member.Pace{AtOnce: 1000, Every: time.Second} }

func anyLogins() httpd.Logins { return httpd.Logins{OfName: anyPace(), OfAddress: 1000} }

// TestServeUntilKilled is the child of TestKillHost.
func TestServeUntilKilled(t *testing.T) {
	var data, kek string
	if _, err := fmt.Sscan(os.Getenv(childHost), &data, &kek); err != nil {
		t.Skip("only as the child of TestKillHost")
	}
	i, err := issuerhost.New(issuerhost.Config{Data: data, KEK: hsm.KEK{File: kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Changes: anyPace(), Logins: anyLogins()})
	require.NoError(t, err)
	a := i.Addresses()
	_, _ = fmt.Fprintln(os.Stdout, ">", a.Host, a.HTTP)
	require.NoError(t, i.Serve(t.Context()))
}

// TestBuyUntilKilled is the child of TestKillTerminal. It tells of each purchase
// when it is completed.
func TestBuyUntilKilled(t *testing.T) {
	var path, cardFile, address string
	if _, err := fmt.Sscan(os.Getenv(childTerminal), &path, &cardFile, &address); err != nil {
		t.Skip("only as the child of TestKillTerminal")
	}
	_, _ = fmt.Fprintln(os.Stdout, "> begins")
	medium, err := card.OpenFile(cardFile)
	require.NoError(t, err)
	j, err := journal.Open(journal.Config{Path: path, Key: storageKey(t)})
	require.NoError(t, err)
	l, err := link.New(link.Config{Address: address, Journal: j, Profile: terminalProfile(t, 1)})
	require.NoError(t, err)
	for {
		result, _ := insertion{chip: open(t, medium), online: l, pins: []string{pinOf(t, medium)}}.run(t)
		require.NoError(t, l.Completed(t.Context(), result))
		_, _ = fmt.Fprintln(os.Stdout, ">", result.Outcome.Approved())
	}
}

// pinOf returns which of the PINs of the environment a card accepts.
func pinOf(t testing.TB, m card.Medium) string {
	t.Helper()
	for _, digits := range strings.Fields(os.Getenv(childPINs)) {
		if accepts(t, m, digits) {
			return digits
		}
	}
	require.FailNow(t, "the card accepts none of its PINs")
	return ""
}

// child is a process that is killed.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
}

// startChild runs a test of this binary in a process of its own.
func startChild(t *testing.T, test string, environment ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t: t, cmd: cmd, out: bufio.NewReader(out)}
	t.Cleanup(c.kill)
	return c
}

// line returns the next line that the child tells, empty where it was killed.
func (c *child) line() string {
	for {
		text, err := c.out.ReadString('\n')
		if err != nil {
			return ""
		}
		if told, ok := strings.CutPrefix(text, "> "); ok {
			return strings.TrimSpace(told)
		}
		assert.Fail(c.t, "child failed", text)
	}
}

// kill ends the child, if it is there, with SIGKILL.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, c.out)
	_ = c.cmd.Wait()
}

// killLater kills the child after a time, unless that is stopped.
func (c *child) killLater(after time.Duration) (stop func() bool) {
	return time.AfterFunc(after, func() { _ = c.cmd.Process.Kill() }).Stop
}

// The times in which a process is killed: anywhere, or while a request is worked
// on.
const (
	killWithin    = 80 * time.Millisecond
	killAtRequest = 4 * time.Millisecond
)

// killed is a wire whose processes are killed, with what was promised to whom.
type killed struct {
	*wire
	random   *rand.Rand
	pins     []string // asked for, newest last: the chip has one of them
	acked    int      // the newest of them that was acknowledged
	bought   int      // purchases that the terminal approved
	compared int      // requests whose answer had come, and came again
	started  time.Time
}

func newKilled(t *testing.T) *killed {
	return &killed{wire: found(t, "amex-pin"), random: seeded(t), pins: []string{oldPIN}, started: time.Now()}
}

// instant returns a random time.
func (k *killed) instant(within time.Duration) time.Duration {
	return time.Duration(k.random.Int64N(int64(within)))
}

// killAtRequest kills the issuer's process a while after it got the next request.
func (k *killed) killAtRequest(host *child, after time.Duration) {
	k.first.line.next(message.KindAuthorizationRequest, func(m message.Message) message.Message {
		host.killLater(after)
		return m
	})
}

// nextPIN returns one that was not asked for lately and is never weak: no run and
// no repetition begins with 80 to 86.
func (k *killed) nextPIN() string { return fmt.Sprintf("%d", 8000+len(k.pins)%700) }

// tryChange asks for a new PIN, and reports whether the issuer was there.
func (k *killed) tryChange() bool {
	k.pins = append(k.pins, k.nextPIN())
	digits := k.pins[len(k.pins)-1]
	r, err := http.NewRequestWithContext(k.t.Context(), "PUT", k.url+"/pin", strings.NewReader(`{"pin":"`+digits+`","password":"`+storyPassword+`"}`))
	require.NoError(k.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+k.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil {
		return false
	}
	require.Equal(k.t, http.StatusOK, response.StatusCode)
	k.acked = len(k.pins) - 1
	return true
}

// current returns which of its PINs the chip has.
func (k *killed) current(m card.Medium) int {
	k.t.Helper()
	for n := len(k.pins) - 1; n >= 0; n-- {
		if accepts(k.t, m, k.pins[n]) {
			return n
		}
	}
	require.FailNow(k.t, "the chip accepts none of its PINs")
	return 0
}

// buy makes a purchase with the PIN that the chip has.
func (k *killed) buy(m card.Medium) {
	k.t.Helper()
	result, _ := insertion{chip: open(k.t, m), online: k.link, pins: []string{k.pins[k.current(m)]}}.run(k.t)
	require.NoError(k.t, k.link.Completed(k.t.Context(), result))
	if result.Outcome.Approved() {
		k.bought++
	}
}

// settle makes the insertions after which nothing is open, and checks that the
// chip has the PIN that was acknowledged last, or a later one.
func (k *killed) settle(m card.Medium) {
	k.t.Helper()
	for range 2 { // the delivery, and the proof
		k.buy(m)
	}
	k.first.drained()
	require.Equal(k.t, "done", k.status())
	require.GreaterOrEqual(k.t, k.current(m), k.acked, "an acknowledged PIN is lost")
}

// repeats sends the terminal's last request again. Where it was answered before,
// the answer is the same; else there are two answers that are.
func (k *killed) repeats(answer []byte) {
	k.t.Helper()
	request := k.first.line.last(message.KindAuthorizationRequest)
	if request == nil {
		return
	}
	again := repeated(k.t, request)
	if answer == nil {
		answer = exchange(k.t, k.addresses.Host, again)
	} else {
		k.compared++
	}
	require.True(k.t, string(answer) == string(exchange(k.t, k.addresses.Host, again)), "byte for byte")
}

// answered returns the answer to the last request, nil where it did not come.
func (k *killed) answered() []byte {
	request, answer := k.first.line.last(message.KindAuthorizationRequest), k.first.line.last(message.KindAuthorizationResponse)
	if request == nil || answer == nil {
		return nil
	}
	asked, err := message.ISO93().Unpack(request)
	require.NoError(k.t, err)
	said, err := message.ISO93().Unpack(answer)
	require.NoError(k.t, err)
	if asked.Head().MatchKey() != said.Head().MatchKey() {
		return nil
	}
	return answer
}

// postedOnce checks the issuer's books: each request has one line of the journal
// and at most one payment, and what was spent is what was bought. It returns how
// many purchases stand.
func (k *killed) postedOnce() (purchases int) {
	k.t.Helper()
	record, entries := k.records()
	decided := map[uint32]int{}
	for _, e := range entries {
		if e.Kind != "approved" && e.Kind != "declined" {
			continue
		}
		var line struct{ STAN uint32 }
		require.NoError(k.t, json.Unmarshal([]byte(e.Detail), &line))
		decided[line.STAN]++
	}
	for stan, n := range decided {
		assert.Equal(k.t, 1, n, "decisions on the request with STAN %d", stan)
	}
	keys := map[store.Key]bool{}
	for _, p := range record.Payments {
		assert.False(k.t, keys[p.Key], "a payment twice")
		keys[p.Key] = true
	}
	require.Zero(k.t, record.Spent.Amount%1234)
	return int(record.Spent.Amount / 1234)
}

// sameDay reports whether no day ended, with which what was spent starts over.
func (k *killed) sameDay() bool {
	return k.started.UTC().YearDay() == time.Now().UTC().YearDay()
}

// TestKillHost kills the issuer's process at random instants, while a member
// changes her PIN and buys. What she was told is there after it; nothing is booked
// twice; a request that is sent again gets the answer of before.
func TestKillHost(t *testing.T) {
	k := newKilled(t)
	host := k.serveChild()
	k.logIn()
	k.ask("POST", "/activate", "")
	k.first = k.terminal(1)
	k.link = k.first.link
	k.settle(k.chip)
	for round := range killRounds(t) {
		stop := host.killLater(k.instant(killWithin))
		if round%2 == 1 {
			k.killAtRequest(host, k.instant(killAtRequest))
		}
		for k.tryChange() {
			k.buy(k.chip)
		}
		stop()
		host.kill()
		answer := k.answered()
		host = k.serveChild()
		k.repeats(answer)
		k.logIn() // a kill while a password is looked at leaves it counted as wrong
		k.settle(k.chip)
	}
	host.kill()
	k.serveChild()
	k.repeats(k.answered()) // one that was surely answered
	assert.Positive(t, k.compared)
	k.halt()
	purchases := k.postedOnce()
	if k.sameDay() {
		assert.Equal(t, k.bought, purchases, "purchases that stand")
	}
	t.Logf("%d PINs, %d purchases, %d answers compared", len(k.pins), k.bought, k.compared)
}

// serveChild starts the issuer in a process.
func (k *killed) serveChild() *child {
	k.t.Helper()
	c := startChild(k.t, "TestServeUntilKilled", childHost+"="+k.data+" "+k.kek)
	k.halt = c.kill
	var a httpd.Addresses
	_, err := fmt.Sscan(c.line(), &a.Host, &a.HTTP)
	require.NoError(k.t, err)
	k.at(a)
	return c
}

// TestKillTerminal kills a terminal that buys, with the card in it, at random
// instants. Each time a PIN change is pending. The terminal goes on where it was,
// nothing is booked twice, and the change arrives.
func TestKillTerminal(t *testing.T) {
	k := newKilled(t)
	k.start()
	k.logIn()
	k.ask("POST", "/activate", "")
	k.first = k.terminal(1)
	k.first.shut()
	cardFile := filepath.Join(k.dir, "card")
	f, err := card.CreateFile(cardFile)
	require.NoError(t, err)
	require.NoError(t, card.Create(f, storageKey(t), k.made.Image, nil))
	require.NoError(t, f.Close())
	told := 0
	for round := range killRounds(t) {
		require.True(t, k.tryChange())
		told += k.buyUntilKilled(cardFile, round%2)
		k.repeats(k.answered())
	}
	k.first.boot()
	f, err = card.OpenFile(cardFile)
	require.NoError(t, err)
	defer f.Close()
	k.settle(f)
	k.repeats(k.answered())
	purchases := k.postedOnce()
	t.Logf("%d purchases told, %d booked, %d answers compared", told+k.bought, purchases, k.compared)
	assert.Positive(t, told)
	assert.Positive(t, k.compared)
	if k.sameDay() {
		assert.GreaterOrEqual(t, purchases, told+k.bought)
		assert.LessOrEqual(t, purchases, told+k.bought+killRounds(t), "completed, and killed before it was told")
	}
}

// buyUntilKilled runs the terminal until it has told of so many purchases and a
// while longer, and returns how many it told of as approved.
func (k *killed) buyUntilKilled(cardFile string, atLeast int) (bought int) {
	k.t.Helper()
	c := startChild(k.t, "TestBuyUntilKilled", childTerminal+"="+k.first.path()+" "+cardFile+" "+k.first.line.address,
		childPINs+"="+strings.Join(k.pins[max(0, len(k.pins)-8):], " "))
	require.Equal(k.t, "begins", c.line())
	for lines := 0; ; lines++ {
		if lines == atLeast {
			defer c.killLater(k.instant(killWithin))()
		}
		switch c.line() {
		case "true":
			bought++
		case "":
			c.kill()
			return bought
		}
	}
}
