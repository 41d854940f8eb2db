package issuertest

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata"
)

// Password is that of a server's member, whose login name is "anna".
const Password = "correct horse battery"

// CardPIN is the PIN that a card of profile "amex-pin" is made with.
const CardPIN = "1234"

// ServerOptions say what a server has. The zero ServerOptions are an active card of
// profile "amex-pin" with the PIN CardPIN.
type ServerOptions struct {
	Profile   string                 // of the card: "amex-pin", or "amex", which has no PIN
	Delivered bool                   // the card was delivered and not activated
	Config    func(c *issuer.Config) // changes what the issuer works with
}

// Server is a whole issuer that serves on ports of this machine, with a member and a
// card. It lies in a directory of its own, which goes with it at the end of the test.
// Its keys are test keys; its clock stands until the test moves it.
type Server struct {
	Terminals string // address for ISO 8583
	Members   string // URL of the members' door
	Data, KEK string // directory, and file of the key-encryption key
	Clock     *clock.Virtual
	Ref       account.Ref
	Issued    perso.Card // what the card was made with, for an emulated chip
	Card      *Card      // the same card as a modelled chip, with a terminal around it

	token string
	line  net.Conn
	stop  func()
}

// serverPatience bounds an answer.
const serverPatience = 10 * time.Second

// NewServer starts an issuer that serves until the test ends.
func NewServer(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{Data: filepath.Join(dir, "data"), KEK: filepath.Join(dir, "storage.key"), Clock: clock.NewVirtual(Start)}
	s.found(t, cmp.Or(o.Profile, "amex-pin"))
	s.serve(t, o.Config)
	t.Cleanup(s.Close)
	if !o.Delivered {
		status, text := s.Ask(t, http.MethodPost, "/v1/cards/"+s.Ref.String()+"/activate", "")
		require.Equal(t, http.StatusOK, status, text)
	}
	return s
}

// found makes the data directory.
func (s *Server) found(t testing.TB, profile string) {
	t.Helper()
	ctx := context.Background()
	draft, err := issuer.Init(s.Data, hsm.KEK{File: s.KEK}, Keys())
	require.NoError(t, err)
	defer draft.Close()
	id, err := draft.AddMember(ctx, member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(Password)))
	require.NoError(t, err)
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	text, err := perso.Load(profiles, profile+perso.Suffix)
	require.NoError(t, err)
	s.Issued, s.Ref, err = draft.Issue(ctx, issuer.NewCard{
		Profile: text, Holder: id, Primary: id,
		Options: perso.Options{Random: random.Seeded(1), Date: emv.DateOf(Start)},
		Limits:  store.Limits{Currency: Currency, PerTransaction: 500_00, PerDay: 2000_00, NoPIN: 50_00},
	})
	require.NoError(t, err)
	application := s.Issued.Image.Applications[0]
	outside := &Issuer{Module: draft.Module(), Clock: s.Clock}
	s.Card = outside.chip(t, application.PAN, s.Ref, store.Record{
		Expiry: account.Expiry{Year: 2035, Month: time.December}, SequenceNumber: application.SequenceNumber,
		Chip: store.Chip{Cryptogram: application.Cryptogram, Script: application.Script, Option: s.Issued.Option},
	})
	if !application.PIN.IsZero() {
		s.Card.PIN, s.Card.Tries = application.PIN, TriesMax
	}
	require.NoError(t, draft.Commit())
}

// serve starts the issuer.
func (s *Server) serve(t testing.TB, change func(*issuer.Config)) {
	t.Helper()
	c := issuer.Config{Data: s.Data, KEK: hsm.KEK{File: s.KEK}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Clock: s.Clock}
	if change != nil {
		change(&c)
	}
	i, err := issuer.New(c)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("issuer ended: %v", err)
		}
		if err := i.Close(); err != nil {
			t.Errorf("close issuer: %v", err)
		}
	}
	s.Terminals, s.Members = i.Addresses().Host, i.Addresses().HTTP
}

// Close ends the issuer, whose directory stays until the test ends. What comes after
// the first call does nothing.
func (s *Server) Close() {
	if s.stop == nil {
		return
	}
	if s.line != nil {
		_ = s.line.Close()
	}
	s.stop()
	s.stop = nil
}

// Ask sends a request to the members' door, as the member, and returns status and
// body of the answer. body is JSON, or empty.
func (s *Server) Ask(t testing.TB, method, path, body string) (status int, text string) {
	t.Helper()
	if s.token == "" {
		_, text := s.ask(t, http.MethodPost, "/v1/login", `{"name":"anna","password":"`+Password+`"}`)
		var login struct{ Token string }
		require.NoError(t, json.Unmarshal([]byte(text), &login))
		require.NotEmpty(t, login.Token, text)
		s.token = login.Token
	}
	return s.ask(t, method, path, body)
}

func (s *Server) ask(t testing.TB, method, path, body string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.Members+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Timeout: serverPatience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

// Send sends a message over a line to the issuer and returns the answer.
func (s *Server) Send(t testing.TB, m message.Message) message.Message {
	t.Helper()
	var err error
	if s.line == nil {
		s.line, err = net.DialTimeout("tcp", s.Terminals, serverPatience)
		require.NoError(t, err)
	}
	require.NoError(t, s.line.SetDeadline(time.Now().Add(serverPatience)))
	dialect := message.ISO93()
	packed, err := dialect.Pack(m)
	require.NoError(t, err)
	require.NoError(t, dialect.Framing().WriteMessage(s.line, packed))
	received, err := dialect.Framing().ReadMessage(s.line)
	require.NoError(t, err)
	answer, err := dialect.Unpack(received)
	require.NoError(t, err)
	return answer
}
