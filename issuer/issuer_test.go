package issuer_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata"
)

const (
	password  = "correct horse battery"
	chosenPIN = "8361"
	otherPIN  = "9272"
)

// place is where an issuer of a test lies.
type place struct {
	t         testing.TB
	data, kek string
	pan       account.PAN
	ref       account.Ref
	card      perso.Card
}

// found makes a data directory with a member and a card.
func found(t *testing.T, profile string) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &place{t: t, data: filepath.Join(dir, "data"), kek: filepath.Join(dir, "storage.key")}
	keys, err := issuer.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	draft, err := issuer.Init(p.data, hsm.KEK{File: p.kek}, keys)
	require.NoError(t, err)
	id, err := draft.AddMember(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(password)))
	require.NoError(t, err)
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	text, err := perso.Load(profiles, profile+".yaml")
	require.NoError(t, err)
	p.card, p.ref, err = draft.Issue(t.Context(), issuer.NewCard{
		Profile: text, Options: perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: 11, Day: 23}}, Holder: id, Primary: id,
	})
	require.NoError(t, err)
	p.pan = p.card.Image.Applications[0].PAN
	assert.NoDirExists(t, p.data, "not before it is whole")
	require.NoError(t, draft.Commit())
	require.NoError(t, draft.Close())
	return p
}

func (p *place) config(log io.Writer) issuer.Config {
	return issuer.Config{Data: p.data, KEK: hsm.KEK{File: p.kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Log: log}
}

// running is an issuer that serves.
type running struct {
	*issuer.Issuer
	stop func() error
}

func (p *place) serve(log io.Writer) running {
	p.t.Helper()
	i, err := issuer.New(p.config(log))
	require.NoError(p.t, err)
	return p.serving(i)
}

func (p *place) serving(i *issuer.Issuer) running {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	return running{i, func() error {
		cancel()
		return errors.Join(<-ended, i.Close())
	}}
}

// post sends JSON and returns the answer.
func post(t testing.TB, method, url, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// TestServeKeepsWhatItAcknowledged: what a member was told is there after a
// restart, and nothing that lies on the disk or in the log shows a secret.
func TestServeKeepsWhatItAcknowledged(t *testing.T) {
	p := found(t, "amex")
	var log bytes.Buffer
	r := p.serve(&log)
	url := r.Addresses().HTTP
	_, text := post(t, "POST", url+"/v1/login", "", `{"name":"anna","password":"`+password+`"}`)
	var login struct{ Token string }
	require.NoError(t, json.Unmarshal([]byte(text), &login))
	card := url + "/v1/cards/" + p.ref.String()
	status, text := post(t, "POST", card+"/activate", login.Token, "")
	require.Equal(t, http.StatusOK, status, text)
	status, text = post(t, "POST", card+"/pin", login.Token, `{"pin":"`+chosenPIN+`"}`)
	require.Equal(t, http.StatusOK, status, text)
	status, text = post(t, "PUT", card+"/pin", login.Token, `{"pin":"`+otherPIN+`","password":"`+password+`"}`)
	require.Equal(t, http.StatusOK, status, text)

	operators := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", issuer.Socket(p.data))
	}, DisableKeepAlives: true}}
	response, err := operators.Get("http://operator/v1/status")
	require.NoError(t, err)
	overview, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Contains(t, string(overview), `"members":1,"cards":1,"active":1,"waiting":1,"held":0`)
	info, err := os.Stat(issuer.Socket(p.data))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	connection, err := net.Dial("tcp", r.Addresses().Host)
	require.NoError(t, err)
	require.NoError(t, connection.Close())
	require.NoError(t, r.stop())

	r = p.serve(nil)
	status, text = post(t, "GET", r.Addresses().HTTP+"/v1/cards/"+p.ref.String()+"/pin", login.Token, "")
	assert.Equal(t, http.StatusOK, status, "the session is kept too")
	assert.Contains(t, text, `"pin":"first-pending"`)
	require.NoError(t, r.stop())

	p.assertClean("token", login.Token, log.String())
	p.assertClean("password", password, log.String())
	p.assertClean("PIN", chosenPIN, log.String()) // four digits that are not there by chance: the store has fewer numbers
	p.pan.Open(func(digits []byte) { p.assertClean("PAN", string(digits), log.String()) })
	p.card.IssuerKeys.AC.Open(func(raw []byte) { p.assertClean("key", string(raw), log.String()) })
	for _, profileKeys := range []secret.Key{p.card.IssuerKeys.SMI, p.card.IssuerKeys.SMC} {
		profileKeys.Open(func(raw []byte) { p.assertClean("key", string(raw), log.String()) })
	}
}

// assertClean looks for a secret in all files of the data directory and in the
// log: as it is, in hexadecimal, base64 and BCD.
func (p *place) assertClean(name, clear, log string) {
	p.t.Helper()
	forms := []string{clear, hex.EncodeToString([]byte(clear)), base64.StdEncoding.EncodeToString([]byte(clear))[:len(clear)/3*4]}
	if name == "PAN" {
		forms = append(forms, string(account.Pack([]byte(clear))))
	}
	if name == "PIN" {
		forms = []string{`"` + clear + `"`, "pin=" + clear, "\x24\x83\x61\xff\xff\xff\xff\xff", hex.EncodeToString([]byte("\x24\x83\x61\xff\xff\xff\xff\xff"))}
	}
	files := 0
	require.NoError(p.t, filepath.WalkDir(p.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		files++
		for _, form := range forms {
			assert.False(p.t, bytes.Contains(content, []byte(form)), "%s holds the %s", path, name)
			assert.NotContains(p.t, log, form)
		}
		return err
	}))
	assert.Equal(p.t, 2, files, "keys and store")
}

func TestSecondServe(t *testing.T) {
	p := found(t, "amex")
	r := p.serve(nil)
	_, err := issuer.New(p.config(nil))
	require.ErrorIs(t, err, store.ErrInUse)
	assert.ErrorContains(t, err, "another `till issuer serve` works on it")
	require.NoError(t, r.stop())
}

// A process that was killed leaves its socket behind.
func TestSocketOfAKilledProcess(t *testing.T) {
	p := found(t, "amex")
	l, err := net.Listen("unix", issuer.Socket(p.data))
	require.NoError(t, err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	require.NoError(t, p.serve(nil).stop())
}

func TestRefusedConfigurations(t *testing.T) {
	p := found(t, "amex-pin")
	other := filepath.Join(t.TempDir(), "other.key")
	require.NoError(t, os.WriteFile(other, bytes.Repeat([]byte{1}, 32), 0o600))
	for want, change := range map[string]func(*issuer.Config){
		"needs a data directory":                   func(c *issuer.Config) { c.KEK = hsm.KEK{} },
		"there is no issuer":                       func(c *issuer.Config) { c.Data = t.TempDir() },
		"PINs and passwords would travel in clear": func(c *issuer.Config) { c.HTTP = ":0" },
		"listen for terminals":                     func(c *issuer.Config) { c.Listen = "x" },
		"listen for members":                       func(c *issuer.Config) { c.HTTP = "localhost" },
		"key-encryption key":                       func(c *issuer.Config) { c.KEK.File = filepath.Join(p.data, "k") },
		"other.key is not the storage key of this": func(c *issuer.Config) { c.KEK.File = other },
		"look at key file":                         func(c *issuer.Config) { c.KEK.File += "x" },
	} {
		c := p.config(nil)
		change(&c)
		_, err := issuer.New(c)
		assert.ErrorContains(t, err, want)
	}
	c := p.config(nil)
	c.HTTP, c.AnyAddress = ":0", true
	i, err := issuer.New(c)
	require.NoError(t, err, "each failure before let go of the store")
	require.NoError(t, i.Close())
}

// What can not be made durable is not told to be done. The folder can be written to,
// and can not be opened.
func TestCommitIsDurable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("needs folders that their owner can not read")
	}
	dir := filepath.Join(t.TempDir(), "above")
	require.NoError(t, os.Mkdir(dir, 0o700))
	draft, err := issuer.Init(filepath.Join(dir, "data"), hsm.KEK{File: filepath.Join(t.TempDir(), "storage.key")}, nil)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o300))
	require.ErrorContains(t, draft.Commit(), "may be lost with the power")
	require.NoError(t, os.Chmod(dir, 0o700))
	require.NoError(t, draft.Close())
	assert.DirExists(t, filepath.Join(dir, "data"))
}

func TestInitLeavesNothingHalfDone(t *testing.T) {
	dir := t.TempDir()
	data, kek := filepath.Join(dir, "data"), filepath.Join(dir, "storage.key")
	_, err := issuer.Init(data, hsm.KEK{File: kek}, strings.NewReader(`{"key_sets":[{"number":1}]}`))
	require.ErrorContains(t, err, "wants imk_ac")
	draft, err := issuer.Init(data, hsm.KEK{File: kek}, nil)
	require.NoError(t, err)
	_, err = draft.AddMember(t.Context(), member.Member{Name: "Anna"}, secret.New([]byte("short")))
	require.ErrorIs(t, err, member.ErrPasswordLength)
	require.NoError(t, draft.Close())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, "storage.key", entries[0].Name())

	require.NoError(t, os.Mkdir(data, 0o700))
	_, err = issuer.Init(data, hsm.KEK{File: kek}, nil)
	assert.ErrorIs(t, err, fs.ErrExist)
	_, err = issuer.Init(filepath.Join(dir, "not", "there"), hsm.KEK{File: kek}, nil)
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
