package httpd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/store"
)

// TestKeysOfOthers: the key under which a member's request was carried out is of no use
// to another, not to the primary member either.
func TestKeysOfOthers(t *testing.T) {
	b := newBank(t)
	ref := b.addCard("Ben", passwordOfBen, panOfBen)
	b.change(ref, func(r *store.Record) { r.Status = store.Active })
	bens, annas := b.tokenOf("ben", passwordOfBen), b.login()
	at, key := b.members.URL+"/v1/cards/"+ref.String()+"/pin", []string{"Idempotency-Key", "one"}
	status, text := b.ask("POST", at, `{"pin":"8361"}`, append(key, bens...)...)
	require.Equal(t, http.StatusOK, status, text)
	status, again := b.ask("POST", at, `{"pin":"8361"}`, append(key, bens...)...)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, text, again)
	before := b.record(ref)
	for method, body := range map[string]string{"POST": `{"pin":"8361"}`, "PUT": `{"pin":"8361","password":"` + passwordOfAnna + `"}`} {
		status, text = b.ask(method, at, body, append(key, annas...)...)
		b.requireError("not-allowed", status, text, http.StatusForbidden)
	}
	status, text = b.ask("POST", at, `{"pin":"9272"}`, append(key, bens...)...)
	b.requireError("key-reused", status, text, http.StatusUnprocessableEntity)
	assert.Equal(t, before.PIN, b.record(ref).PIN)
}

// TestLiveNoticesAreOnesOwn: the stream of the primary member says nothing of a
// supplementary card, whatever happens to it, and the one of a login that has ended ends.
func TestLiveNoticesAreOnesOwn(t *testing.T) {
	b := newBank(t)
	ref := b.addCard("Ben", passwordOfBen, panOfBen)
	b.change(ref, func(r *store.Record) { r.Status = store.Active })
	bens, annas := b.tokenOf("ben", passwordOfBen), b.login()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, "GET", b.members.URL+"/v1/events", nil)
	require.NoError(t, err)
	r.Header.Set(annas[0], annas[1])
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	until := func(want string) (said string) {
		for !strings.Contains(said, want) && lines.Scan() {
			said += lines.Text() + "\n"
		}
		require.Contains(t, said, want)
		return said
	}
	said := until(b.card.String())
	status, text := b.ask("POST", b.members.URL+"/v1/cards/"+ref.String()+"/pin", `{"pin":"8361"}`, bens...)
	require.Equal(t, http.StatusOK, status, text)
	b.change(b.card, func(r *store.Record) { r.Status = store.Active })
	said += until(`"status":"active"`)
	assert.NotContains(t, said, ref.String())
	assert.NotContains(t, said, "8361")
	b.ask("POST", b.members.URL+"/v1/logout", "", annas...)
	b.change(b.card, func(r *store.Record) { r.Status = store.Blocked })
	for lines.Scan() {
		assert.NotContains(t, lines.Text(), "blocked", "the login has ended")
	}
	assert.NoError(t, ctx.Err(), "and so did the stream")
}

// keptSessions is a store that notes what sessions it keeps.
type keptSessions struct {
	store.Store
	data *strings.Builder
}

func (s keptSessions) Sessions() store.Sessions { return notedSessions{s.Store.Sessions(), s.data} }

type notedSessions struct {
	store.Sessions
	data *strings.Builder
}

func (s notedSessions) Put(c context.Context, key store.SessionKey, data []byte, expires time.Time) error {
	fmt.Fprintf(s.data, "%x %s\n", key, data)
	return s.Sessions.Put(c, key, data, expires)
}

// TestSessionsKeepNoSecrets: what the store keeps of logins has neither PIN nor password,
// nor a token that would open one; nobody can log in with what lies there.
func TestSessionsKeepNoSecrets(t *testing.T) {
	var data strings.Builder
	b := newBank(t, func(c *httpd.Config) { c.Store = keptSessions{c.Store, &data} })
	b.change(b.card, func(r *store.Record) { r.Status = store.Active })
	anna, token := b.online(), b.login()
	_, text := b.ask("POST", b.members.URL+"/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	var login struct{ Token, Refresh string }
	decode(t, text, &login)
	_, key := b.ask("GET", b.pinURL()+"/key", "", token...)
	status, text := b.ask("POST", b.pinURL(), seal(t, chosenPIN, key, ""), token...)
	require.Equal(t, http.StatusOK, status, text)
	b.ask("PUT", b.pinURL(), `{"pin":"9272","password":"`+passwordOfAnna+`"}`, "Authorization", "Bearer "+login.Token)
	kept := data.String()
	require.Contains(t, kept, `"family":"family `)
	for name, secret := range map[string]string{
		"PIN": `"` + chosenPIN, "new PIN": `"9272`, "password": passwordOfAnna, "cookie": anna.cookie(),
		"token": strings.TrimPrefix(token[1], "Bearer "), "access token": login.Token, "refresh token": login.Refresh,
	} {
		assert.NotContains(t, kept, secret, name)
	}
	for line := range strings.Lines(kept) {
		var s struct{ Family string }
		key, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		require.NoError(t, json.Unmarshal([]byte(text), &s))
		for _, stolen := range []string{key, s.Family} {
			status, _ := b.ask("GET", b.members.URL+"/v1/cards", "", "Authorization", "Bearer "+stolen)
			assert.Equal(t, http.StatusUnauthorized, status)
			status, _ = b.ask("POST", b.members.URL+"/v1/refresh", fmt.Sprintf(`{"refresh":%q}`, stolen))
			assert.Equal(t, http.StatusUnauthorized, status)
		}
	}
}

// TestLogoutIsTrue: who logs out by a token that has ended is told so, since what it can
// be renewed with lives on; then he ends that.
func TestLogoutIsTrue(t *testing.T) {
	b := newBank(t)
	_, text := b.ask("POST", b.members.URL+"/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	var login, next struct{ Token, Refresh string }
	decode(t, text, &login)
	b.clock.Advance(11 * time.Minute)
	status, text := b.ask("POST", b.members.URL+"/v1/logout", "", "Authorization", "Bearer "+login.Token)
	b.requireError("login-needed", status, text, http.StatusUnauthorized)
	_, text = b.ask("POST", b.members.URL+"/v1/refresh", `{"refresh":"`+login.Refresh+`"}`)
	decode(t, text, &next)
	status, _ = b.ask("POST", b.members.URL+"/v1/logout", "", "Authorization", "Bearer "+next.Token)
	assert.Equal(t, http.StatusOK, status)
	status, _ = b.ask("POST", b.members.URL+"/v1/refresh", `{"refresh":"`+next.Refresh+`"}`)
	assert.Equal(t, http.StatusUnauthorized, status)
	anna := b.surfer()
	status, text = anna.post("/online/logout", nil)
	assert.Equal(t, http.StatusOK, status, "a page whose login has ended just goes to the login")
	assert.Contains(t, text, "You are logged out")
}

// TestNothingIsKeptByBrowsers: what tells of cards is in no cache, and each page has its
// policy, errors too.
func TestNothingIsKeptByBrowsers(t *testing.T) {
	b := newBank(t)
	anna := b.online()
	ref := b.card.String()
	pages := []string{"/", "/online/", "/online/account", "/online/login", "/online/register", "/online/nowhere", "/online/cards/" + ref + "/pin", "/online/cards/x/pin"}
	for _, path := range append(pages, "/v1/cards", "/v1/cards/"+ref+"/pin", "/v1/cards/"+ref+"/history", "/v1/cards/"+ref+"/pin/key", "/v1/nowhere") {
		response, err := anna.client.Get(b.members.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, "no-store", response.Header.Get("Cache-Control"), path)
		assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"), path)
		if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			assert.Contains(t, response.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'; base-uri 'none'", path)
			assert.Equal(t, "same-origin", response.Header.Get("Referrer-Policy"), path)
		}
	}
	worker, err := http.Get(b.members.URL + "/app/sw.js")
	require.NoError(t, err)
	_, script := anna.read(worker)
	assert.Contains(t, script, `const parts = ["/app/", "/app/app.js", "/app/api.js", "/app/app.css", "/assets/seal.js", "/assets/icon.svg"];`)
	assert.NotContains(t, script, "/v1/")
}

// TestLogLinesCanNotBeForged: what strangers send gets into no line of the log, nor makes
// one of its own.
func TestLogLinesCanNotBeForged(t *testing.T) {
	b := newBank(t)
	const forged = "x\nevent=login member=1\x1b[2J"
	for _, path := range []string{"/v1/" + url.PathEscape(forged), "/online/" + url.PathEscape(forged), "/v1/cards/" + url.PathEscape(forged) + "/pin"} {
		b.ask("GET", b.members.URL+"/v1/cards", "", "User-Agent", "x", "Referer", url.PathEscape(forged))
		response, err := http.Get(b.members.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	quoted, err := json.Marshal(forged)
	require.NoError(t, err)
	b.ask("POST", b.members.URL+"/v1/login", fmt.Sprintf(`{"name":%s,"password":%[1]s}`, quoted))
	b.ask("POST", b.members.URL+"/v1/register", fmt.Sprintf(`{"pan":"374245001751006","expires":"3512","cid":"1234","name":%s,"password":"long enough"}`, quoted))
	b.surfer().post("/online/login", url.Values{"name": {forged}, "password": {forged}})
	assert.NotContains(t, b.log.String(), "event=login member")
	assert.NotContains(t, b.log.String(), "\x1b")
	for line := range strings.Lines(b.log.String()) {
		assert.Contains(t, line, "event=")
	}
}
