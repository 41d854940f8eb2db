package bench_test

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/fault"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// wire is a story whose issuer can be stopped and started, and whose terminals
// reach it through proxies that lose, hold and alter messages. story.link is that
// of the first terminal.
type wire struct {
	*story
	dir, data, kek string
	made           perso.Card
	ref            account.Ref
	initial        func(number byte) (secret.Key, dukpt.TDESKSN) // of a terminal's DUKPT device
	initialAES     func(number byte) (secret.Key, dukpt.InitialKeyID)
	first          *terminal
	macKey         secret.Key // of the line; zero is none
	look
	log  lockedBuffer // of issuer and links
	kept string       // receipt that the first terminal kept

	limits    store.Limits             // of the card that is founded
	cashback  bool                     // its application usage control allows that
	configure func(*issuerhost.Config) // of each issuer that is started; nil is as it is

	addresses httpd.Addresses
	halt      func() // stops the issuer, where it runs in this process
}

// look is how messages look on the line.
type look struct {
	dialect *message.Dialect
	framing message.Framing
}

// newWire founds an issuer with a member and an active card, serves it, and sets
// up a terminal.
func newWire(t *testing.T, cardProfile string, changes ...func(*wire)) *wire {
	t.Helper()
	return newWireIn(t, cardProfile, look{message.ISO93(), message.FramingBinary}, changes...)
}

// newWireIn is newWire in another dialect or framing.
func newWireIn(t *testing.T, cardProfile string, as look, changes ...func(*wire)) *wire {
	t.Helper()
	w := found(t, cardProfile, changes...)
	w.look = as
	w.start()
	w.logIn()
	w.ask("POST", "/activate", "")
	w.first = w.terminal(1)
	w.link = w.first.link
	return w
}

// found makes the data directory of an issuer with a member and her card.
func found(t *testing.T, cardProfile string, changes ...func(*wire)) *wire {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	w := &wire{
		story: &story{t: t, kernel: till(t)}, look: look{message.ISO93(), message.FramingBinary}, dir: dir, data: filepath.Join(dir, "data"),
		kek: filepath.Join(dir, "storage.key"), halt: func() {},
	}
	for _, change := range changes {
		change(w)
	}
	keys, err := issuerhost.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	draft, err := issuerhost.Init(w.data, hsm.KEK{File: w.kek}, keys)
	require.NoError(t, err)
	id, err := draft.AddMember(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(storyPassword)))
	require.NoError(t, err)
	text, err := perso.Load(w.profiles(), cardProfile+perso.Suffix)
	require.NoError(t, err)
	w.made, w.ref, err = draft.Issue(t.Context(), issuerhost.NewCard{
		Profile: text, Options: perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)}, Holder: id, Primary: id, Limits: w.limits,
	})
	require.NoError(t, err)
	w.chip = issue(t, w.made)
	w.initial = func(number byte) (secret.Key, dukpt.TDESKSN) {
		ksn := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, number, 0xE0}
		initial, err := draft.Module().InitialKeyTDES(ksn)
		require.NoError(t, err)
		return initial, ksn
	}
	w.initialAES = func(number byte) (secret.Key, dukpt.InitialKeyID) {
		id := dukpt.InitialKeyID{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, number}
		initial, err := draft.Module().InitialKeyAES(id)
		require.NoError(t, err)
		return initial, id
	}
	require.NoError(t, draft.Commit())
	return w
}

// profiles holds those of cards.
func (w *wire) profiles() fs.FS {
	w.t.Helper()
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(w.t, err)
	if !w.cashback {
		return profiles
	}
	changed := fstest.MapFS{}
	for _, name := range []string{"amex.yaml", "amex-pin.yaml"} {
		text, err := fs.ReadFile(profiles, name)
		require.NoError(w.t, err)
		changed[name] = &fstest.MapFile{Data: bytes.ReplaceAll(text, []byte(`auc: "FF00"`), []byte(`auc: "FFC0"`))}
	}
	return changed
}

// start serves the issuer.
func (w *wire) start() {
	w.t.Helper()
	config := issuerhost.Config{Data: w.data, KEK: hsm.KEK{File: w.kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Changes: anyPace(), Logins: anyLogins(), Log: &w.log, LogOptions: oplog.Options{Level: "debug"}, Dialect: w.dialect, Framing: &w.framing, MACKey: w.macKey}
	if w.configure != nil {
		w.configure(&config)
	}
	i, err := issuerhost.New(config)
	require.NoError(w.t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	w.halt = sync.OnceFunc(func() {
		stop()
		assert.NoError(w.t, <-ended)
		assert.NoError(w.t, i.Close())
	})
	w.t.Cleanup(w.halt)
	w.at(i.Addresses())
}

// at notes where the issuer listens from now on.
func (w *wire) at(a httpd.Addresses) {
	w.addresses = a
	w.url = a.HTTP + "/v1/cards/" + w.ref.String()
	if w.first != nil {
		w.first.line.to(a.Host)
	}
}

// logIn gets a token, which outlasts the issuer's process.
func (w *wire) logIn() {
	w.t.Helper()
	url := w.url
	w.url = w.addresses.HTTP + "/v1/login"
	w.token = w.ask("POST", "", `{"name":"anna","password":"`+storyPassword+`"}`)["token"].(string)
	w.url = url
}

// change asks for a new PIN, and wants it acknowledged with that status.
func (w *wire) change(digits, status string) {
	w.t.Helper()
	require.Equal(w.t, status, w.ask("PUT", "/pin", `{"pin":"`+digits+`","password":"`+storyPassword+`"}`)["pin"])
}

// has checks that the chip accepts a PIN and none of the others.
func (w *wire) has(right string, wrong ...string) {
	w.t.Helper()
	assert.True(w.t, accepts(w.t, w.chip, right), "the chip takes %s", right)
	for _, digits := range wrong {
		assert.False(w.t, accepts(w.t, w.chip, digits), "the chip refuses %s", digits)
	}
}

// proves makes the purchase with the new PIN that proves it.
func (w *wire) proves(digits string) {
	w.t.Helper()
	require.True(w.t, w.insert(digits).Approved())
	assert.Equal(w.t, "done", w.status())
}

// records stops the issuer and returns its card and its journal.
func (w *wire) records() (card store.Record, entries []store.Entry) {
	w.t.Helper()
	w.halt()
	s, err := bolt.Open(filepath.Join(w.data, "issuer.db"))
	require.NoError(w.t, err)
	defer s.Close()
	require.NoError(w.t, s.View(w.t.Context(), w.ref, func(s store.Snapshot) error {
		card = *s.Card()
		return nil
	}))
	for e, err := range s.Journal(w.t.Context(), 0) {
		require.NoError(w.t, err)
		entries = append(entries, e)
	}
	return card, entries
}

// terminal is one with a journal, a line to the issuer and a link over it.
type terminal struct {
	w       *wire
	number  byte
	line    *line
	journal *journal.Journal
	link    *link.Link
}

// terminal sets up a new one.
func (w *wire) terminal(number byte) *terminal {
	w.t.Helper()
	t := &terminal{w: w, number: number, line: newLine(w.t, w.addresses.Host, w.look)}
	t.openJournal()
	t.loadKey()
	t.openLink()
	w.t.Cleanup(t.shut)
	return t
}

// loadKey loads the key for PIN blocks of the size that the dialect has.
func (t *terminal) loadKey() {
	if t.w.dialect == message.ISO93AES() {
		initial, id := t.w.initialAES(t.number)
		require.NoError(t.w.t, link.LoadAES(t.journal, initial, id))
		return
	}
	initial, ksn := t.w.initial(t.number)
	require.NoError(t.w.t, link.LoadTDES(t.journal, initial, ksn))
}

func (t *terminal) path() string { return filepath.Join(t.w.dir, "journal"+string('0'+t.number)) }

func (t *terminal) openJournal() {
	var err error
	t.journal, err = journal.Open(journal.Config{Path: t.path(), Key: storageKey(t.w.t)})
	require.NoError(t.w.t, err)
}

func (t *terminal) openLink() {
	var err error
	t.link, err = link.New(link.Config{
		Address: t.line.address, Journal: t.journal, Profile: terminalProfile(t.w.t, t.number), Logger: kitlog.NewLogfmtLogger(&t.w.log),
		Dialect: t.w.dialect, Framing: &t.w.framing, MACKey: t.w.macKey,
	})
	require.NoError(t.w.t, err)
}

// terminalProfile is the demo profile under a name of its own: what tells requests
// apart at the issuer has the terminal's in it.
func terminalProfile(t testing.TB, number byte) profile.Profile {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	p.TerminalIdentification = "TILL000" + string('0'+number)
	return p
}

// shut switches the terminal off, where it is on.
func (t *terminal) shut() {
	if t.journal == nil {
		return
	}
	assert.NoError(t.w.t, t.link.Close())
	assert.NoError(t.w.t, t.journal.Close())
	t.journal = nil
}

// boot switches it on again, and makes it the one where cards are inserted.
func (t *terminal) boot() {
	t.openJournal()
	t.openLink()
	t.w.link = t.link
}

// drained waits until the issuer has all that the terminal owes it.
func (t *terminal) drained() {
	t.w.t.Helper()
	ctx, cancel := context.WithTimeout(t.w.t.Context(), waitMax)
	defer cancel()
	require.Zero(t.w.t, t.link.Settle(ctx))
}

// waitMax is how long anything may take here.
const waitMax = 20 * time.Second

// purchase inserts the card with faults between it and the terminal.
func (w *wire) purchase(in insertion) *kernel.Result {
	w.t.Helper()
	in.chip = open(w.t, w.chip)
	if in.online == nil {
		in.online = w.link
	}
	if in.till == nil {
		in.till = w.kernel
	}
	result, _ := in.run(w.t)
	require.NoError(w.t, w.link.Completed(w.t.Context(), result))
	return result
}

// faulty returns a reader's wrapper that carries out a plan, of which nothing may
// be left.
func faulty(t *testing.T, plan string) func(hardware.Reader) hardware.Reader {
	t.Helper()
	p, err := fault.ParsePlan(plan)
	require.NoError(t, err)
	injector, err := fault.New(fault.Config{Plan: p})
	require.NoError(t, err)
	t.Cleanup(func() { assert.Empty(t, injector.Unfired()) })
	return injector.Reader
}

// line is a TCP proxy before the issuer, which sees and changes messages.
type line struct {
	look
	t        *testing.T
	listener net.Listener
	address  string
	tasks    sync.WaitGroup

	mu    sync.Mutex
	host  string // where it leads; empty: nowhere
	conns map[net.Conn]bool
	rules []rule
	seen  []message.Message // that came from either side, oldest first
	raw   map[message.Kind][]byte
}

// rule is what is done to the next message of a kind. One that returns nil loses
// the message and breaks the connection, so that nobody waits for it.
type rule struct {
	kind message.Kind
	do   func(m message.Message) message.Message
}

func newLine(t *testing.T, host string, as look) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &line{look: as, t: t, listener: l, address: l.Addr().String(), host: host, conns: map[net.Conn]bool{}, raw: map[message.Kind][]byte{}}
	p.tasks.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.to("")
		p.tasks.Wait()
	})
	return p
}

// to leads the line elsewhere and breaks what goes over it.
func (p *line) to(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host = host
	for c := range p.conns {
		c.Close()
	}
}

// next adds a rule for one message.
func (p *line) next(kind message.Kind, do func(message.Message) message.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, rule{kind, do})
}

// lose loses the next message of a kind.
func (p *line) lose(kind message.Kind) {
	p.next(kind, func(message.Message) message.Message { return nil })
}

// dieAt loses the next message of a kind, and the line with it until it leads
// somewhere again.
func (p *line) dieAt(kind message.Kind) {
	p.next(kind, func(message.Message) message.Message {
		p.host = "" // p.mu is held
		return nil
	})
}

// kinds returns what came over the line since the last call.
func (p *line) kinds() (kinds []message.Kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.seen {
		kinds = append(kinds, m.Kind())
	}
	p.seen = nil
	return kinds
}

// last returns the last message of a kind as it was packed, nil where there was none.
func (p *line) last(kind message.Kind) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw[kind]
}

func (p *line) accept() {
	for {
		terminal, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		host, err := net.Dial("tcp", p.host)
		if err != nil {
			terminal.Close()
			p.mu.Unlock()
			continue
		}
		p.conns[terminal], p.conns[host] = true, true
		p.mu.Unlock()
		p.tasks.Go(func() { p.pass(terminal, host) })
		p.tasks.Go(func() { p.pass(host, terminal) })
	}
}

// pass takes messages from one side to the other until either is gone.
func (p *line) pass(from, to net.Conn) {
	defer func() {
		from.Close()
		to.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
	}()
	for {
		b, err := p.framing.ReadMessage(from)
		if err != nil {
			return
		}
		if b = p.treat(b); b == nil || p.framing.WriteMessage(to, b) != nil {
			return
		}
	}
}

// treat notes a message and does to it what the first rule for it says.
func (p *line) treat(b []byte) []byte {
	m, err := p.dialect.Unpack(b)
	if !assert.NoError(p.t, err) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, m)
	p.raw[m.Kind()] = b
	for n, r := range p.rules {
		if r.kind != m.Kind() {
			continue
		}
		p.rules = append(p.rules[:n:n], p.rules[n+1:]...)
		if m = r.do(m); m == nil {
			return nil
		}
		b, err = p.dialect.Pack(m)
		assert.NoError(p.t, err)
		break
	}
	return b
}

// exchange sends a message on a connection of its own and returns the answer.
func exchange(t testing.TB, address string, packed []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(waitMax)))
	require.NoError(t, message.FramingBinary.WriteMessage(conn, packed))
	answer, err := message.FramingBinary.ReadMessage(conn)
	require.NoError(t, err)
	return answer
}

// repeated returns a request as it is sent again: 1101.
func repeated(t testing.TB, packed []byte) []byte {
	t.Helper()
	m, err := message.ISO93().Unpack(packed)
	require.NoError(t, err)
	m.Head().Repeat = true
	b, err := message.ISO93().Pack(m)
	require.NoError(t, err)
	return b
}

// lockedBuffer takes what several write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) content() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
