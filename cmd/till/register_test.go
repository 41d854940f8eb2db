package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/testdata/need"
)

const sale = `{"amount":"12.34"}`

// TestRegister drives a terminal as a cash register does: real HTTP, an issuer over TCP, a
// card with its memory in a file.
func TestRegister(t *testing.T) {
	s := newShop(t)
	l := s.lane()
	p, stream := l.paid("first", sale)
	assert.Equal(t, "approved online", p.Outcome)
	assert.Contains(t, stream, `"pin":{"verifier":"issuer","bypass":true}`, "the chip has no PIN yet")

	s.write("pin", "9999\n"+benPIN+"\n")
	p, stream = l.paid("second", sale)
	assert.Equal(t, "approved", p.Result)
	assert.Contains(t, stream, "event: pin-wrong\n")
	assert.Contains(t, stream, `"text":"Incorrect PIN","pin":{"verifier":"card","tries_left":2}`)
	again := l.payment(l.ask(http.StatusOK, "POST", "/v1/payments", sale, "Idempotency-Key", "second"))
	assert.Equal(t, p, again, "it is charged once")
	assert.Contains(t, l.ask(http.StatusOK, "GET", "/v1/receipts/last", "", "Accept", "text/plain"), "APPROVED ONLINE")
	assert.Contains(t, l.ask(http.StatusOK, "GET", "/v1/receipts/"+itoa(p.Receipt), ""), `"outcome":"approved online"`)

	s.write("pin", "9999\n")
	p, _ = l.paid("third", sale)
	assert.Equal(t, "not-completed", p.Result, "no entry is left")
	s.write("pin", benPIN+"\n")
	refund := l.payment(l.ask(http.StatusCreated, "POST", "/v1/refunds", `{"amount":"5.00"}`, "Idempotency-Key", "refund"))
	refund = l.until(refund.ID, "the refund ends", func(p payment) bool { return p.State == "done" })
	assert.Equal(t, "approved online", refund.Outcome)
	assert.Contains(t, l.ask(http.StatusOK, "GET", "/v1/receipts/last", ""), `"type":"refund"`)
	l.stop()

	l = s.lane("--fault", "pull before GENERATE_AC 2")
	p, _ = l.paid("pulled", sale)
	assert.Equal(t, "card removed", p.Outcome)
	assert.Equal(t, "not-completed", p.Result)
	p = l.until(p.ID, "the reversal is acknowledged", func(p payment) bool { return p.Reversal == "acknowledged" })
	l.stop()

	l = s.lane()
	assert.Equal(t, p, l.payment(l.ask(http.StatusOK, "GET", "/v1/payments/"+itoa(p.ID), "")), "it is known after a restart")
	s.assertNoSecret()
}

// TestRegisterCancels: before the card, with it, and too late.
func TestRegisterCancels(t *testing.T) {
	s := newShop(t)
	l := s.lane("--hand")
	p := l.pay("a", sale)
	assert.Contains(t, l.ask(http.StatusConflict, "POST", "/v1/payments", sale, "Idempotency-Key", "b"), `"payment":1`)
	p = l.payment(l.ask(http.StatusOK, "POST", "/v1/payments/"+itoa(p.ID)+"/cancel", ""))
	assert.Equal(t, "cancelled", p.Result)
	l.until(p.ID, "it ends", func(p payment) bool { return p.State == "done" })
	l.ask(http.StatusConflict, "POST", "/v1/card/insert", "")

	s.line.be(lineDeaf)
	p = l.pay("c", sale)
	l.ask(http.StatusOK, "POST", "/v1/card/insert", "")
	l.until(p.ID, "it is online", func(p payment) bool { return p.State == "online" })
	assert.Contains(t, l.ask(http.StatusConflict, "POST", "/v1/payments/"+itoa(p.ID)+"/cancel", ""), "too-late")
	s.line.awaitRequest(t)
	l.kill()
	s.assertReversed(p)
}

// assertReversed starts terminals on the journal of one that was killed: one whose line is
// still deaf, and one whose line is not.
func (s *shop) assertReversed(p payment) {
	s.t.Helper()
	l := s.lane()
	p = l.payment(l.ask(http.StatusOK, "GET", "/v1/payments/"+itoa(p.ID), ""))
	assert.Equal(s.t, "interrupted", p.Result)
	assert.Equal(s.t, "owed", p.Reversal)
	assert.Contains(s.t, l.ask(http.StatusOK, "GET", "/v1/terminal", ""), `"owed_reversals":1`)
	again := l.payment(l.ask(http.StatusOK, "POST", "/v1/payments", sale, "Idempotency-Key", "c"))
	assert.Equal(s.t, p, again, "a request that comes again charges nobody")
	assert.Contains(s.t, l.ask(http.StatusOK, "GET", "/v1/payments/"+itoa(p.ID)+"/events", "", "Last-Event-ID", "6"), "event: outcome")
	l.kill()

	s.line.be(lineOpen)
	l = s.lane()
	l.until(p.ID, "the reversal is acknowledged", func(p payment) bool { return p.Reversal == "acknowledged" })
	assert.Contains(s.t, l.ask(http.StatusOK, "GET", "/v1/terminal", ""), `"owed_reversals":0`)
	l.stop()
}

// TestRegisterKilled kills the terminal while it waits for a card, and at moments that
// nobody chose, again and again: no payment is approved and reversed as well, and each
// key has one payment.
func TestRegisterKilled(t *testing.T) {
	s := newShop(t)
	l := s.lane("--hand")
	p := l.pay("waiting", sale)
	l.kill()
	l = s.lane()
	p = l.payment(l.ask(http.StatusOK, "GET", "/v1/payments/"+itoa(p.ID), ""))
	assert.Equal(t, "interrupted", p.Result)
	assert.Equal(t, "none", p.Reversal)
	for n := range 6 {
		key := "kill-" + itoa(n)
		p := l.pay(key, sale)
		for range n * n {
			l.ask(http.StatusOK, "GET", "/v1/terminal", "")
		}
		l.kill()
		l = s.lane()
		again := l.payment(l.ask(http.StatusOK, "POST", "/v1/payments", sale, "Idempotency-Key", key))
		assert.Equal(t, p.ID, again.ID)
		assert.Equal(t, "done", again.State)
		if again.Result == "approved" {
			assert.Equal(t, "none", again.Reversal)
		}
		l.until(p.ID, "all is acknowledged", func(p payment) bool { return p.Reversal != "owed" })
	}
	s.assertNoSecretOf(l)
}

// assertNoSecretOf is assertNoSecret, with the journal of the terminal.
func (s *shop) assertNoSecretOf(l *lane) {
	s.t.Helper()
	l.paid("last", sale)
	l.stop()
	content, err := os.ReadFile(filepath.Join(s.dir, "terminal.journal"))
	require.NoError(s.t, err)
	assert.NotContains(s.t, string(content), "374245")
	s.assertNoSecret()
}

// TestRegisterAndCheckout: a checkout on the journal of a terminal that was killed sends the
// reversal that is owed, and the payment is known for what it came to all the same.
func TestRegisterAndCheckout(t *testing.T) {
	s := newShop(t)
	l := s.lane()
	s.line.be(lineDeaf)
	p := l.pay("a", sale)
	s.line.awaitRequest(t)
	l.kill()
	s.line.be(lineOpen)
	s.run("checkout", "--reader", "image:bank-handout/ben.card", "--host", s.line.address, "--amount", "1.00",
		"--journal", "terminal.journal", "--terminal-key", "bank-handout/terminal.json", "--pin-file", "pin")
	l = s.lane()
	p = l.payment(l.ask(http.StatusOK, "GET", "/v1/payments/1", ""))
	assert.Equal(t, "interrupted", p.Result)
	assert.Equal(t, "acknowledged", p.Reversal)
}

// TestRegisterHostIsAway: a request that was not sent owes nothing; one whose line broke is
// reversed when the issuer is back.
func TestRegisterHostIsAway(t *testing.T) {
	s := newShop(t)
	l := s.lane()
	s.line.be(lineCut)
	p, stream := l.paid("cut", sale)
	assert.Equal(t, "declined", p.Result)
	assert.Equal(t, "unable to go online", p.Reason)
	assert.Equal(t, "owed", p.Reversal)
	assert.Contains(t, stream, "event: online\n")
	s.line.be(lineOpen)
	l.until(p.ID, "the reversal is acknowledged", func(p payment) bool { return p.Reversal == "acknowledged" })
	l.stop()

	s.line.address = "127.0.0.1:1"
	l = s.lane()
	p, _ = l.paid("nobody", sale)
	assert.Equal(t, "declined", p.Result)
	assert.Equal(t, "none", p.Reversal)
}

// TestRegisterExample runs the cash register of examples/register, with a token, again with
// the same key, and where the PIN is wrong.
func TestRegisterExample(t *testing.T) {
	need.Program(t, "curl")
	s := newShop(t)
	l := s.lane("--token-file", "token")
	script, err := filepath.Abs(filepath.Join("..", "..", "examples", "register", "pay.sh"))
	require.NoError(t, err)
	pay := func(key string) (string, error) {
		c := exec.Command("sh", script, l.url, "12.34", key)
		c.Dir, c.Env = s.dir, append(os.Environ(), "TILL_TOKEN_FILE=token")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	out, err := pay("one")
	require.NoError(t, err, out)
	assert.Regexp(t, `(?s)^Insert or tap a card\nThe card is read\nEnter the PIN at the terminal\n.*\napproved online\nThe terminal is free\nmerchant .*\noutcome +APPROVED ONLINE\n.*\npayment 1: approved\n$`, out)
	out, err = pay("one")
	require.NoError(t, err, out)
	assert.Regexp(t, `(?s)payment 1: approved\n$`, out)
	s.write("pin", "9999\n")
	out, err = pay("two")
	require.Error(t, err)
	assert.Regexp(t, `(?s)payment 2: not-completed\n$`, out)
	require.NoError(t, os.Remove(filepath.Join(s.dir, "token")))
	s.write("token", "another token of ours\n")
	out, err = pay("three")
	require.Error(t, err)
	assert.Contains(t, out, `"code":"token-needed"`)
}

// TestRegisterUsage: what is wrong is found before anything listens.
func TestRegisterUsage(t *testing.T) {
	folder := t.TempDir()
	key, card, pin := filepath.Join(folder, "key"), filepath.Join(folder, "my.card"), filepath.Join(folder, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("1234\n"), 0o600))
	open, short := filepath.Join(folder, "open"), filepath.Join(folder, "short")
	require.NoError(t, os.WriteFile(open, []byte(strings.Repeat("t", 20)), 0o644))
	require.NoError(t, os.WriteFile(short, []byte("short\n"), 0o600))
	_, stderr, code := till("", "card", "issue", "--profile", "amex-pin", "--seed", "1", "--out", card, "--key", key)
	require.Zero(t, code, stderr)
	for want, args := range map[string]string{
		"give it a --token-file":           "--listen 0.0.0.0:0",
		"can be read or written by others": "--token-file " + open,
		"want a token of at least 16":      "--token-file " + short,
		"--host: want host and port":       "--host nowhere",
		"go with --host":                   "--sign-on",
		"no such file or directory":        "--reader image:" + folder + "/none",
		`host name "http://x"`:             "--host-name http://x",
		"there is no profile of that name": "--terminal none",
		"--pin-file":                       "--pin-fd 0",
	} {
		line := "terminal serve --key " + key + " --pin-file " + pin + " --journal " + filepath.Join(folder, "journal") + " " + args
		if !strings.Contains(args, "--listen") {
			line += " --listen 127.0.0.1:0"
		}
		if !strings.Contains(args, "--reader") {
			line += " --reader image:" + card
		}
		_, stderr, code := till("", strings.Fields(line)...)
		assert.NotZero(t, code, want)
		assert.Contains(t, stderr, want)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, stderr, code = till("", "terminal", "serve", "--key", key, "--pin-file", pin, "--journal", filepath.Join(folder, "journal"), "--reader", "image:"+card, "--listen", taken.Addr().String())
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "name another address with --listen")
}
