package httpd_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// from sends a login from an address to the door itself.
func (b *bank) from(address, name, password string) *httptest.ResponseRecorder {
	b.t.Helper()
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	r := httptest.NewRequest("POST", "http://localhost/v1/login", strings.NewReader(`{"name":"`+name+`","password":"`+password+`"}`))
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
	r.RemoteAddr = address
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.members.Config.Handler.ServeHTTP(w, r)
	return w
}

func (b *bank) requireTooMany(w *httptest.ResponseRecorder, of, wait string) {
	b.t.Helper()
	b.requireError("too-many", w.Code, w.Body.String(), http.StatusTooManyRequests)
	assert.Contains(b.t, w.Body.String(), of)
	assert.Contains(b.t, w.Body.String(), "try again in "+wait+" seconds")
	assert.Equal(b.t, wait, w.Header().Get("Retry-After"))
}

func TestLoginsOfOneAddressAreBounded(t *testing.T) {
	b := newBank(t)
	for n := range 60 { // of an IPv6 network, whose owner has all its addresses
		w := b.from(fmt.Sprintf("[2001:db8::%x]:1", n), fmt.Sprint("nobody", n), "x")
		require.Equal(t, http.StatusUnauthorized, w.Code)
	}
	b.clock.Advance(20 * time.Second)
	b.requireTooMany(b.from("[2001:db8::ffff]:1", "anna", passwordOfAnna), "from your address", "40")
	assert.Equal(t, http.StatusOK, b.from("[2001:db8:0:1::1]:1", "anna", passwordOfAnna).Code)
	assert.Equal(t, http.StatusOK, b.from("192.0.2.1:1", "anna", passwordOfAnna).Code)
	b.clock.Advance(40 * time.Second)
	assert.Equal(t, http.StatusOK, b.from("[2001:db8::ffff]:1", "anna", passwordOfAnna).Code)
}

// From however many addresses the logins come, and whether the name is a member's
// or nobody's.
func TestLoginsOfOneNameAreBounded(t *testing.T) {
	b := newBank(t)
	for _, name := range []string{"anna", "nobody", "a b"} {
		for n := range 20 {
			w := b.from(fmt.Sprintf("192.0.2.%d:1", n), name, "wrong horse")
			require.Equal(t, http.StatusUnauthorized, w.Code)
		}
		b.requireTooMany(b.from("192.0.2.100:1", strings.ToUpper(name), passwordOfAnna), "with this name", "3")
	}
	b.clock.Advance(3 * time.Second)
	assert.Equal(t, http.StatusUnauthorized, b.from("192.0.2.100:1", "anna", passwordOfAnna).Code, "locked")
	b.clock.Advance(time.Minute)
	assert.Equal(t, http.StatusOK, b.from("192.0.2.100:1", "anna", passwordOfAnna).Code,
		"what the bound refused was not counted against the member")
	assert.Contains(t, b.log.String(), `why="too many of one name"`)
}

// counted is a store that notes what logins do, and may stop them on their way.
type counted struct {
	store.Store
	note func(step string)
}

func (w counted) Members() store.Members   { return watchedMembers{w.Store.Members(), w.note} }
func (w counted) Sessions() store.Sessions { return watchedSessions{w.Store.Sessions(), w.note} }

type watchedMembers struct {
	store.Members
	note func(string)
}

func (w watchedMembers) ByLogin(c context.Context, name string) (member.Member, error) {
	w.note("find")
	return w.Members.ByLogin(c, name)
}

func (w watchedMembers) Update(c context.Context, id member.ID, fn func(*member.Member, func(store.Entry)) error) error {
	w.note("write")
	return w.Members.Update(c, id, fn)
}

type watchedSessions struct {
	store.Sessions
	note func(string)
}

func (w watchedSessions) Put(c context.Context, key store.SessionKey, data []byte, expires time.Time) error {
	w.note("write")
	return w.Sessions.Put(c, key, data, expires)
}

// Nobody's login finds and writes as a member's does, so that it takes as long, and
// leaves nothing that grows.
func TestNobodyTakesTheSamePath(t *testing.T) {
	var steps []string
	b := newBank(t, func(c *httpd.Config) {
		c.Store = counted{c.Store, func(step string) { steps = append(steps, step) }}
	})
	of := func(name string) []string {
		steps = nil
		require.Equal(t, http.StatusUnauthorized, b.from("192.0.2.1:1", name, "wrong horse").Code)
		return steps
	}
	want := []string{"find", "write"}
	for range member.FailuresFree + 2 { // the last one is locked
		assert.Equal(t, want, of("anna"))
	}
	for n := range 5 {
		assert.Equal(t, want, of(fmt.Sprint("nobody", n)))
	}
	b.clock.Advance(time.Hour)
	swept, err := b.store.Sessions().Sweep(t.Context(), b.clock.Now())
	require.NoError(t, err)
	assert.Equal(t, 1, swept)
	status, text := b.ask("GET", b.members.URL+"/v1/cards", "")
	b.requireError("login-needed", status, text, http.StatusUnauthorized)
}

// No more than 32 logins wait for their turn; the next one is told so at once, and
// that counts against nobody.
func TestLoginsAtOnceAreBounded(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	b := newBank(t, func(c *httpd.Config) {
		c.Store = counted{c.Store, func(step string) {
			if step == "find" {
				entered <- struct{}{}
				<-release
			}
		}}
	})
	var group sync.WaitGroup
	for n := range 32 {
		group.Go(func() {
			assert.Equal(t, http.StatusUnauthorized, b.from(fmt.Sprintf("192.0.2.%d:1", n), fmt.Sprint("nobody", n), "x").Code)
		})
		<-entered
	}
	w := b.from("192.0.2.100:1", "anna", passwordOfAnna)
	b.requireError("busy", w.Code, w.Body.String(), http.StatusServiceUnavailable)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	close(release)
	group.Wait()
	go func() { <-entered }()
	assert.Equal(t, http.StatusOK, b.from("192.0.2.100:1", "anna", passwordOfAnna).Code)
}

// A stolen login can not find the PIN by changing to all that there are.
func TestChangesAreBounded(t *testing.T) {
	b := newBank(t)
	token := b.login()
	status, _ := b.ask("POST", b.pinURL(), `{"pin":"`+chosenPIN+`"}`, token...)
	require.Equal(t, http.StatusOK, status)
	change := func() (*http.Response, int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", b.pinURL(), strings.NewReader(`{"pin":"9272","password":"`+passwordOfAnna+`"}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(token[0], token[1])
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		var text strings.Builder
		require.NoError(t, response.Write(&text))
		_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
		return response, response.StatusCode, strings.TrimSpace(body)
	}
	for range 10 {
		_, status, text := change()
		require.Equal(t, http.StatusOK, status, text)
	}
	b.clock.Advance(100*time.Second + time.Millisecond)
	response, status, text := change()
	b.requireError("too-often", status, text, http.StatusTooManyRequests)
	assert.Equal(t, "200", response.Header.Get("Retry-After"))
	assert.Contains(t, text, "try again in 200 seconds")
	b.clock.Advance(200 * time.Second)
	_, status, text = change()
	assert.Equal(t, http.StatusOK, status, text)
	_, journal := b.ask("GET", b.operators.URL+"/v1/journal", "")
	assert.Contains(t, journal, `"kind":"refused","actor":"member 1 by app","detail":"change PIN: too-often"`)
}
