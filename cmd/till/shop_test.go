package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// benPIN is the PIN that Ben chooses.
const benPIN = "8361"

// shop is an issuer, Ben with his card, and terminals that cash registers drive: each a
// process of its own.
type shop struct {
	t    *testing.T
	dir  string
	till string
	line *line // between terminals and issuer
	mu   sync.Mutex
	told bytes.Buffer // all that terminals have written and answered
}

// newShop starts an issuer; Ben has activated his card and created its PIN.
func newShop(t *testing.T) *shop {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &shop{t: t, dir: dir, till: filepath.Join(strings.Split(tillPath(t), ":")[0], "till")}
	s.run("issuer", "init", "--data", "bank", "--demo", "--seed", "1")
	s.start(io.Discard, "issuer", "serve", "--data", "bank", "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0")
	s.run("issuer", "status", "--data", "bank", "--wait", "20s")
	var status struct{ Host string }
	require.NoError(t, json.Unmarshal([]byte(s.run("issuer", "--json", "status", "--data", "bank")), &status))
	s.line = newLine(t, status.Host)
	s.run("login", "--issuer", "bank", "--name", "ben", "--password-file", "bank-handout/ben.password")
	s.write("pin", benPIN+"\n")
	s.run("activate")
	s.run("pin", "create", "--pin-file", "pin")
	return s
}

func (s *shop) write(name, text string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
}

func (s *shop) command(args ...string) *exec.Cmd {
	c := exec.Command(s.till, args...)
	c.Dir, c.Env = s.dir, append(os.Environ(), "TILL_KEY=storage.key", "TILL_SESSION=ben.session")
	return c
}

// run runs a command to its end.
func (s *shop) run(args ...string) string {
	s.t.Helper()
	c := s.command(args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	require.NoError(s.t, err, "%v: %s", args, stderr.String())
	return string(out)
}

// start starts a command that runs until it is stopped.
func (s *shop) start(out io.Writer, args ...string) *exec.Cmd {
	s.t.Helper()
	c := s.command(args...)
	c.Stdout, c.Stderr = out, writer{s}
	require.NoError(s.t, c.Start())
	s.t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Signal(syscall.SIGINT)
			_ = c.Wait()
		}
	})
	return c
}

// writer keeps what is written for a look at it.
type writer struct{ s *shop }

// Write keeps b.
func (w writer) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.told.Write(b)
}

// lane is a terminal that runs.
type lane struct {
	*shop
	process *exec.Cmd
	url     string
}

// lane starts a terminal.
func (s *shop) lane(more ...string) *lane {
	s.t.Helper()
	r, w := io.Pipe()
	args := append([]string{"terminal", "serve", "--reader", "image:bank-handout/ben.card", "--host", s.line.address, "--json",
		"--journal", "terminal.journal", "--terminal-key", "bank-handout/terminal.json", "--pin-file", "pin", "--listen", "127.0.0.1:0"}, more...)
	l := &lane{shop: s, process: s.start(w, args...)}
	text, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(s.t, err)
	var at struct{ Register string }
	require.NoError(s.t, json.Unmarshal([]byte(text), &at))
	l.url = at.Register
	return l
}

// stop ends a terminal, kill -9 it.
func (l *lane) stop() {
	l.t.Helper()
	require.NoError(l.t, l.process.Process.Signal(syscall.SIGINT))
	require.NoError(l.t, l.process.Wait())
}

func (l *lane) kill() {
	l.t.Helper()
	require.NoError(l.t, l.process.Process.Kill())
	_ = l.process.Wait()
}

// payment is what tests look at of a payment.
type payment struct {
	ID                                               int
	State, Result, Outcome, Reason, Reversal, Amount string
	Card                                             string
	Receipt                                          int
}

// ask sends a request.
func (l *lane) ask(want int, method, path, body string, headers ...string) string {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.url+path, strings.NewReader(body))
	require.NoError(l.t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(l.t, err)
	_, _ = writer{l.shop}.Write(content)
	require.Equal(l.t, want, response.StatusCode, "%s %s: %s", method, path, content)
	return string(content)
}

func (l *lane) payment(text string) (p payment) {
	l.t.Helper()
	require.NoError(l.t, json.Unmarshal([]byte(text), &p))
	return p
}

// pay begins a payment.
func (l *lane) pay(key, body string) payment {
	l.t.Helper()
	return l.payment(l.ask(http.StatusCreated, "POST", "/v1/payments", body, "Idempotency-Key", key))
}

// paid begins a payment and follows it to its end; stream is what was told.
func (l *lane) paid(key, body string) (p payment, stream string) {
	l.t.Helper()
	path := "/v1/payments/" + itoa(l.pay(key, body).ID)
	stream = l.ask(http.StatusOK, "GET", path+"/events", "")
	return l.payment(l.ask(http.StatusOK, "GET", path, "")), stream
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// until asks for a payment until it is as it is wanted.
func (l *lane) until(id int, what string, is func(payment) bool) payment {
	l.t.Helper()
	var p payment
	require.Eventually(l.t, func() bool {
		p = l.payment(l.ask(http.StatusOK, "GET", "/v1/payments/"+itoa(id), ""))
		return is(p)
	}, 20*time.Second, 20*time.Millisecond, what)
	return p
}

// line passes on what travels between terminals and issuer, unless it was told not to.
type line struct {
	address, issuer string

	mu    sync.Mutex
	mode  lineMode
	heard int // pieces that a deaf line took
}

// lineMode is what a line does with the messages of terminals.
type lineMode int

const (
	lineOpen lineMode = iota
	lineDeaf          // takes them, and nothing comes back
	lineCut           // takes one, and breaks
)

func newLine(t *testing.T, issuer string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	l := &line{address: listener.Addr().String(), issuer: issuer}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(conn)
		}
	}()
	return l
}

func (l *line) be(m lineMode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mode = m
}

func (l *line) is() lineMode {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mode
}

func (l *line) hears() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard++
}

// awaitRequest waits until a deaf line has taken a request.
func (l *line) awaitRequest(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.heard > 0
	}, 20*time.Second, 10*time.Millisecond, "no request comes")
}

// pass serves one connection. One to a deaf line stays deaf.
func (l *line) pass(terminal net.Conn) {
	defer terminal.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var d net.Dialer
	issuer, err := d.DialContext(ctx, "tcp", l.issuer)
	if err != nil {
		return
	}
	defer issuer.Close()
	go func() { _, _ = io.Copy(terminal, issuer) }()
	for buffer := make([]byte, 4096); ; {
		n, err := terminal.Read(buffer)
		if err != nil || l.is() == lineCut {
			return
		}
		if l.is() == lineDeaf {
			l.hears()
			continue
		}
		if _, err := issuer.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// assertNoSecret looks through all that terminals have written and answered.
func (s *shop) assertNoSecret() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told.String()
	require.Contains(s.t, told, "374245*****1006")
	assert.NotRegexp(s.t, `374245[0-9]`, told, "no account number is told")
	for _, canary := range []string{benPIN + `"`, `"` + benPIN, " " + benPIN + " ", "24" + benPIN + "FF"} {
		assert.NotContains(s.t, told, canary)
	}
}
