package care_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
)

const password = "correct horse battery"

// desk is customer care with a browser in front of it.
type desk struct {
	t      *testing.T
	bank   *ivrtest.Bank
	url    string
	client *http.Client
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	b := ivrtest.NewBank(t)
	d, err := care.New(t.Context(), config(b))
	require.NoError(t, err)
	server := httptest.NewServer(d.Handler())
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &desk{t: t, bank: b, url: server.URL, client: &http.Client{Jar: jar}}
}

func config(b *ivrtest.Bank) care.Config {
	log, err := oplog.New(&b.Log, b.Clock.Now, oplog.Options{})
	if err != nil {
		panic(err) // of options that are none
	}
	return care.Config{
		Line: b.Line, Agents: []care.Agent{{Name: "carla", Password: secret.New([]byte(password))}}, Sessions: b.Store.Sessions(),
		Passwords: member.NewPasswords(rand.Reader, 2), Rand: rand.Reader, Clock: b.Clock, Log: log,
	}
}

func (d *desk) page(r *http.Response, err error) string {
	d.t.Helper()
	require.NoError(d.t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(d.t, err)
	require.Equal(d.t, http.StatusOK, r.StatusCode)
	assert.Contains(d.t, r.Header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Equal(d.t, "no-store", r.Header.Get("Cache-Control"))
	return string(text)
}

func (d *desk) get() string { return d.page(d.client.Get(d.url + "/care")) }

// post fills in a form: names and values in turn.
func (d *desk) post(path string, fields ...string) string {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return d.page(d.client.PostForm(d.url+"/care"+path, form))
}

func (d *desk) logIn() { d.post("/login", "name", "Carla", "password", password) }

// waits rings up, presses the key for customer care, and returns the call.
func (d *desk) waits() *ivr.Call {
	d.t.Helper()
	call, _, err := d.bank.Begin(d.t.Context(), "test")
	require.NoError(d.t, err)
	call.Press(d.t.Context(), '0')
	return call
}

func presses(call *ivr.Call, keys string) (said []string) {
	for _, key := range []byte(keys) {
		for _, p := range call.Press(context.Background(), key).Say {
			said = append(said, string(p))
		}
	}
	return said
}

// TestAgentIdentifies: an agent identifies a caller, who creates a PIN by his keypad.
// No page has a digit of it, and none has a field that one could go into.
func TestAgentIdentifies(t *testing.T) {
	d := newDesk(t)
	call := d.waits()
	assert.NotContains(t, d.get(), "Call 1", "not before the login")
	d.logIn()
	pages := d.get()
	assert.Contains(t, pages, "Call 1, waits 0s")
	assert.Empty(t, presses(call, "8361"), "dropped")
	pages += d.post("/identify", "call", "1", "holder", "Anna", "birth", "2004-08-02", "last", "1006")
	assert.Contains(t, pages, "The answers are not right.")
	pages += d.post("/identify", "call", "1", "holder", "ben", "birth", "2004-08-02", "last", "1006")
	assert.Contains(t, pages, "The caller was identified and is at the keypad.")
	assert.Contains(t, pages, "No call waits.")
	assert.Contains(t, presses(call, "1283618361"), "pin-created")
	pages += d.get()
	assert.NotContains(t, pages, "Call 2")
	assert.NotContains(t, pages+d.bank.Log.String(), "8361")
	fields := regexp.MustCompile(`name="([a-z]+)"`).FindAllStringSubmatch(pages, -1)
	for _, f := range fields {
		assert.Contains(t, []string{"name", "password", "call", "holder", "birth", "last", "viewport"}, f[1])
	}
	assert.Equal(t, []string{
		"agent carla: caller identified: answers of member 2",
		"member 2 by phone: card activated: active",
		"member 2 by phone: PIN created: generation 1",
	}, d.bank.Journal())

	presses(call, "0")
	assert.Contains(t, d.get(), "The caller is identified.")
	assert.Contains(t, d.post("/return", "call", "1"), "at the keypad")
	presses(call, "0")
	assert.Contains(t, d.post("/end", "call", "1"), "ended")
	assert.Contains(t, d.post("/end", "call", "1"), "does not wait")
	assert.Contains(t, d.post("/end", "call", "x"), "does not wait")
	d.waits()
	assert.Contains(t, d.post("/return", "call", "2"), "not right", "not identified")
}

// Without a login nothing is done, whatever is sent; a member's session is none.
func TestLogin(t *testing.T) {
	d := newDesk(t)
	call := d.waits()
	require.NoError(t, d.bank.Store.Sessions().Put(t.Context(), store.NewSessionKey("token"), []byte("carla"), d.bank.Clock.Now().Add(time.Hour)))
	at, err := url.Parse(d.url + "/care")
	require.NoError(t, err)
	d.client.Jar.SetCookies(at, []*http.Cookie{{Name: "till_care", Value: "token"}})
	for _, path := range []string{"/identify", "/return", "/end"} {
		page := d.post(path, "call", "1", "holder", "Ben", "birth", "2004-08-02", "last", "1006")
		assert.Contains(t, page, "Log in")
		assert.NotContains(t, page, "Call 1")
	}
	step, _, _ := call.Awaits()
	assert.Equal(t, ivr.WithCare, step)

	for range member.FailuresFree + 1 {
		assert.Contains(t, d.post("/login", "name", "carla", "password", "wrong"), "Name or password is wrong")
	}
	d.logIn()
	assert.NotContains(t, d.get(), "Call 1", "locked")
	assert.Contains(t, d.post("/login", "name", "nobody", "password", password), "Name or password is wrong")
	d.bank.Clock.Advance(time.Minute)
	d.logIn()
	assert.Contains(t, d.get(), "Call 1")
	assert.NotContains(t, d.post("/logout"), "Call 1")
	d.logIn()
	d.bank.Clock.Advance(care.SessionLife)
	assert.Contains(t, d.get(), "Log in")
	assert.NotContains(t, d.bank.Log.String(), password)
}

// A login ends the one that the browser had before.
func TestLoginEndsTheOneBefore(t *testing.T) {
	d := newDesk(t)
	d.waits()
	d.logIn()
	at, err := url.Parse(d.url + "/care")
	require.NoError(t, err)
	before := d.client.Jar.Cookies(at)
	require.Len(t, before, 1)
	d.logIn()
	assert.NotEqual(t, before[0].Value, d.client.Jar.Cookies(at)[0].Value)
	d.client.Jar.SetCookies(at, []*http.Cookie{{Name: before[0].Name, Value: before[0].Value, Path: "/care"}})
	assert.NotContains(t, d.get(), "Call 1")
}

// Wrong answers of an agent are bounded over all calls.
func TestPaceOfAnswers(t *testing.T) {
	d := newDesk(t)
	d.logIn()
	page := ""
	for n := 0; !strings.Contains(page, "too many wrong answers in a short time"); n++ {
		require.Less(t, n, 40)
		call := d.waits()
		page = d.post("/identify", "call", strconv.Itoa(call.Number), "holder", "Ben", "birth", "2004-08-03", "last", "1006")
		call.End()
	}
	d.bank.Clock.Advance(2 * time.Minute)
	call := d.waits()
	assert.Contains(t, d.post("/identify", "call", strconv.Itoa(call.Number), "holder", "Ben", "birth", "2004-08-02", "last", "1006"), "was identified")
}

func TestNew(t *testing.T) {
	b := ivrtest.NewBank(t)
	for name, change := range map[string]func(*care.Config){
		"no line":        func(c *care.Config) { c.Line = nil },
		"nobody":         func(c *care.Config) { c.Agents = nil },
		"bad name":       func(c *care.Config) { c.Agents[0].Name = "Carla" },
		"twice":          func(c *care.Config) { c.Agents = append(c.Agents, c.Agents[0]) },
		"short password": func(c *care.Config) { c.Agents[0].Password = secret.New([]byte("short")) },
	} {
		c := config(b)
		change(&c)
		_, err := care.New(t.Context(), c)
		assert.Error(t, err, name)
	}
}

// TestAnswersAtOnce: many wrong answers at the same moment are no more than one after
// another.
func TestAnswersAtOnce(t *testing.T) {
	d := newDesk(t)
	d.logIn()
	for range 40 {
		d.waits()
	}
	var looked atomic.Int64
	var group sync.WaitGroup
	for n := range 40 {
		group.Go(func() {
			form := url.Values{"call": {strconv.Itoa(n + 1)}, "holder": {"Ben"}, "birth": {"2004-08-03"}, "last": {"1006"}}
			response, err := d.client.PostForm(d.url+"/care/identify", form)
			if err == nil && strings.Contains(response.Request.URL.RawQuery, "not-identified") {
				looked.Add(1)
			}
			if err == nil {
				_ = response.Body.Close()
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 30, looked.Load())
}
