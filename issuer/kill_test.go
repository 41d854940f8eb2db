package issuer_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/testdata/need"
)

// childIssuer names the environment variable that makes this test binary the issuer
// that is killed: its data directory and key-encryption key.
const childIssuer = "TILL_TEST_ISSUER"

const (
	tellers    = 64                     // terminals that buy at once, each with a card of its own
	killWithin = 500 * time.Millisecond // of the moment at which the issuer listens
)

// TestServeUntilKilled is the child of TestKillUnderLoad.
func TestServeUntilKilled(t *testing.T) {
	var data, kek string
	if _, err := fmt.Sscan(os.Getenv(childIssuer), &data, &kek); err != nil {
		t.Skip("only as the child of TestKillUnderLoad")
	}
	i, err := issuer.New(issuer.Config{
		Data: data, KEK: hsm.KEK{File: kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Changes: anyPace(), Logins: httpd.Logins{OfName: anyPace(), OfAddress: 1000},
	})
	require.NoError(t, err)
	a := i.Addresses()
	_, _ = fmt.Fprintln(os.Stdout, ">", a.Host, a.HTTP)
	require.NoError(t, i.Serve(t.Context()))
}

func anyPace() member.Pace { return member.Pace{AtOnce: 1000, Every: time.Second} }

// shop is an issuer in a process that is killed, and its terminals.
type shop struct {
	*place
	issuer  *issuertest.Issuer
	module  *hsm.Software
	tellers []*teller
	random  *rand.Rand
	started time.Time
	process *exec.Cmd
	out     *bufio.Reader
	host    string // address
	http    string // URL
	token   string

	changing sync.Mutex // held by who changes a PIN
}

// quickHash is a hash of the password that takes no time: each change of a PIN wants the
// password, and a process that lives for a moment is to carry many out.
func quickHash(t testing.TB) member.Hash {
	t.Helper()
	salt := []byte("salt of a test")
	b64 := base64.RawStdEncoding.EncodeToString
	hash, err := member.ParseHash(fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b64(salt), b64(argon2.IDKey([]byte(password), salt, 1, 8, 1, 32))))
	require.NoError(t, err)
	return hash
}

// newShop makes the issuer's data.
func newShop(t testing.TB) *shop {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := &shop{place: &place{t: t, data: filepath.Join(dir, "data"), kek: filepath.Join(dir, "storage.key")}, random: rand.New(rand.NewPCG(seed, 0)), started: time.Now()}
	draft, err := issuer.Init(k.data, hsm.KEK{File: k.kek}, issuertest.Keys())
	require.NoError(t, err)
	k.module = draft.Module()
	require.NoError(t, draft.Commit())
	hash := quickHash(t)
	k.open(func(s *bolt.Store) {
		k.issuer = issuertest.NewIssuerWith(t, s, k.module)
		for n := range tellers {
			card := k.issuer.NewCard(t, func(r *store.Record) { r.Limits.PerDay = 0 })
			k.issuer.Personalise(t, card, "8000")
			k.tellers = append(k.tellers, &teller{t: t, card: card, number: n, changing: &k.changing, pins: []string{"8000"}, random: rand.New(rand.NewPCG(seed, uint64(n)))})
		}
		require.NoError(t, s.Members().Update(t.Context(), 1, func(m *member.Member, _ func(store.Entry)) error {
			m.Login.Password = hash
			return nil
		}))
	})
	t.Cleanup(k.kill)
	return k
}

// start starts the process.
func (k *shop) start() {
	k.t.Helper()
	k.process = exec.Command(os.Args[0], "-test.run=^TestServeUntilKilled$")
	k.process.Env = append(os.Environ(), childIssuer+"="+k.data+" "+k.kek)
	out, err := k.process.StdoutPipe()
	require.NoError(k.t, err)
	require.NoError(k.t, k.process.Start())
	k.out = bufio.NewReader(out)
	line, err := k.out.ReadString('\n')
	require.NoError(k.t, err)
	_, err = fmt.Sscan(strings.TrimPrefix(line, "> "), &k.host, &k.http)
	require.NoError(k.t, err, line)
}

// kill ends the process with SIGKILL, where it is there.
func (k *shop) kill() {
	if k.process == nil {
		return
	}
	_ = k.process.Process.Kill()
	_, _ = io.Copy(io.Discard, k.out)
	_ = k.process.Wait()
	k.process = nil
}

// logIn gets a token, which outlasts the process.
func (k *shop) logIn() {
	k.t.Helper()
	_, text := post(k.t, "POST", k.http+"/v1/login", "", `{"name":"primary","password":"`+password+`"}`)
	_, err := fmt.Sscanf(text, `{"token":%q`, &k.token)
	require.NoError(k.t, err, text)
}

// all has every terminal do something at once.
func (k *shop) all(do func(*teller) error) {
	var group sync.WaitGroup
	for _, x := range k.tellers {
		x.at(k.host, k.http, k.token)
		group.Go(func() { x.broken = do(x) })
	}
	group.Wait()
	for _, x := range k.tellers {
		x.hangUp()
	}
}

// whole checks the data of the killed issuer: nothing is torn, and each chip has a
// PIN that the issuer knows (I2).
func (k *shop) whole() {
	k.t.Helper()
	require.Empty(k.t, k.check().Findings)
	at(k.t, k.data, func(s *bolt.Store) {
		for _, x := range k.tellers {
			require.NoError(k.t, s.View(k.t.Context(), x.card.Ref, func(view store.Snapshot) error {
				x.known(k.module, view.Card())
				return nil
			}))
		}
	})
}

// books checks journal and payments at the end (I7): each request has one decision,
// each payment stands once, and what was spent is what was bought.
func (k *shop) books() (approved int) {
	k.t.Helper()
	decided := map[string]int{}
	at(k.t, k.data, func(s *bolt.Store) {
		for e, err := range s.Journal(k.t.Context(), 0) {
			require.NoError(k.t, err)
			if e.Kind == "approved" || e.Kind == "declined" {
				decided[stanOf(k.t, e)]++
			}
		}
		for _, x := range k.tellers {
			require.NoError(k.t, s.View(k.t.Context(), x.card.Ref, func(view store.Snapshot) error {
				record := view.Card()
				keys := map[store.Key]bool{}
				for _, p := range record.Payments {
					assert.False(k.t, keys[p.Key], "a payment twice")
					keys[p.Key] = true
				}
				if k.started.UTC().YearDay() == time.Now().UTC().YearDay() {
					assert.Equal(k.t, x.spent, record.Spent.Amount, "terminal %d: what stands", x.number)
				}
				return nil
			}))
			approved += x.approved
		}
	})
	for stan, n := range decided {
		assert.Equal(k.t, 1, n, "decisions on the request with STAN %s", stan)
	}
	return approved
}

// TestKillUnderLoad kills the issuer at random instants, while 64 terminals buy and
// members change their PINs. What was acknowledged is there after it: the answers
// byte for byte, the PINs, the money; what was not is there as a whole or not at all.
func TestKillUnderLoad(t *testing.T) {
	k := newShop(t)
	k.start()
	k.logIn()
	for range need.Nightly(t, 5, 20, 200) {
		timer := time.AfterFunc(time.Duration(k.random.Int64N(int64(killWithin))), func() { _ = k.process.Process.Kill() })
		k.all((*teller).work)
		timer.Stop()
		k.kill()
		for _, x := range k.tellers {
			require.Error(t, x.broken)
		}
		k.whole()
		k.start()
		k.logIn() // a kill while a password is looked at leaves it counted as wrong
	}
	k.all((*teller).settle)
	for _, x := range k.tellers {
		require.NoError(t, x.broken, "terminal %d", x.number)
	}
	k.kill()
	k.whole()
	approved, compared, open, changed := k.books(), 0, 0, 0
	for _, x := range k.tellers {
		compared, open, changed = compared+x.compared, open+x.opened, changed+x.acked
	}
	assert.Positive(t, compared)
	assert.Positive(t, open)
	assert.Positive(t, changed)
	t.Logf("%d approved, %d answers compared, %d requests without an answer", approved, compared, open)
}
