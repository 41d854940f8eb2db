package notice_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/issuer/store/watched"
)

var ref = account.Ref{1}

// bank is a store with a card of Ada's.
func bank(t *testing.T) *watched.Store {
	t.Helper()
	s := watched.New(mem.New())
	id, err := s.Members().Create(t.Context(), member.Member{Name: "Ada", Login: member.Login{Name: "ada@home.example"}})
	require.NoError(t, err)
	require.NoError(t, s.Create(t.Context(), ref, store.Record{
		Holder: id, Primary: id, PAN: []byte{1}, LastFour: "1007", Expiry: account.Expiry{Year: 2035, Month: time.December},
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
	return s
}

func entry(t *testing.T, s store.Store, kind, detail string) {
	t.Helper()
	require.NoError(t, s.Update(context.Background(), ref, func(tx store.Tx) error {
		tx.Append(store.Entry{At: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Kind: kind, Actor: "member 1 by web", Detail: detail})
		return nil
	}))
}

// collector is a sender that keeps what it gets, and may fail.
type collector struct {
	sent []notice.Notice
	err  error
}

func (c *collector) Send(_ context.Context, n notice.Notice) error {
	if c.err == nil {
		c.sent = append(c.sent, n)
	}
	return c.err
}

// TestNoticesAreToldOnce: what came before notices is not told, what comes is, in
// order, once, though the sender fails and the process ends meanwhile.
func TestNoticesAreToldOnce(t *testing.T) {
	s, c := bank(t), &collector{}
	position := filepath.Join(t.TempDir(), "notices.at")
	entry(t, s, "PIN created", "generation 1")
	config := notice.Config{Store: s, Sender: c, Position: notice.File(position)}
	batch := func() error {
		r, err := notice.New(t.Context(), config) // as after a restart
		require.NoError(t, err)
		_, err = r.Batch(t.Context())
		return err
	}
	require.NoError(t, batch())
	assert.Empty(t, c.sent)
	entry(t, s, "PIN changed", "generation 2")
	entry(t, s, "approved", "{}")
	entry(t, s, "notice", "done")
	c.err = errors.New("no server")
	require.ErrorIs(t, batch(), c.err)
	c.err = nil
	require.NoError(t, batch())
	require.NoError(t, batch())
	require.Len(t, c.sent, 2)
	entry(t, s, "notice", "failed")
	c.err = notice.ErrUndeliverable
	require.NoError(t, batch(), "what can never be sent holds up nothing")
	assert.Equal(t, "Your request for a new PIN was received", c.sent[0].Subject)
	assert.Equal(t, "Your new PIN is active", c.sent[1].Subject)
	assert.Contains(t, c.sent[1].Text, "ending in 1007")
	require.NoError(t, os.WriteFile(position, []byte("x"), 0o600))
	_, err := notice.New(t.Context(), config)
	assert.ErrorContains(t, err, "remove it")
}

// TestRun: a commit is told at once.
func TestRun(t *testing.T) {
	s := bank(t)
	folder := filepath.Join(t.TempDir(), "notices")
	r, err := notice.New(t.Context(), notice.Config{Store: s, Sender: notice.Folder(folder), Position: notice.File(filepath.Join(t.TempDir(), "at"))})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	entry(t, s, "card activated", "active")
	file := filepath.Join(folder, "00000001.eml")
	require.Eventually(t, func() bool { _, err := os.Stat(file); return err == nil }, 10*time.Second, time.Millisecond)
	stop()
	<-ended
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	m, err := mail.ReadMessage(f)
	require.NoError(t, err)
	assert.Equal(t, "Your card is active", m.Header.Get("Subject"))
}

// server is a mail server that takes one letter.
func server(t *testing.T) (address string, got <-chan []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	all := make(chan []string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
		say("220 test")
		var lines []string
		for in, data := bufio.NewScanner(c), false; in.Scan(); {
			lines = append(lines, in.Text())
			switch word, _, _ := strings.Cut(in.Text(), " "); {
			case data && in.Text() == ".":
				data = false
				say("250 taken")
			case data:
			case word == "DATA":
				data = true
				say("354 go on")
			case word == "QUIT":
				say("221 bye")
				all <- lines
				return
			default:
				say("250 ok")
			}
		}
	}()
	return l.Addr().String(), all
}

func TestSMTP(t *testing.T) {
	address, got := server(t)
	s := notice.SMTP{Server: address, From: "Cards <cards@bank.example>"}
	evil := notice.Notice{Number: 7, To: "ada@home.example", Name: "Ada\r\nBcc: eve@evil.example", Subject: "Your new PIN\r\nBcc: eve@evil.example", Text: "The text."}
	require.NoError(t, s.Send(t.Context(), evil))
	lines := <-got
	assert.Contains(t, lines, "MAIL FROM:<cards@bank.example>")
	assert.Contains(t, lines, "RCPT TO:<ada@home.example>")
	assert.Contains(t, lines, "The text.")
	for _, line := range lines {
		assert.False(t, strings.HasPrefix(line, "Bcc:"), "no line of the header but ours: %s", line)
	}
	require.NoError(t, s.Send(t.Context(), notice.Notice{To: "ada"}), "no address, no letter")
	s.Server = "127.0.0.1:1"
	assert.ErrorContains(t, s.Send(t.Context(), evil), "start it, or name another")
}
