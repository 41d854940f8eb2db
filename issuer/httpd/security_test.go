package httpd_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

const cookieOfPages = "till_session"

// online logs Anna in on the pages.
func (b *bank) online() *surfer {
	b.t.Helper()
	s := b.surfer()
	status, text := s.post("/online/login", url.Values{"name": {"anna"}, "password": {passwordOfAnna}})
	require.Equal(b.t, http.StatusOK, status, text)
	require.Contains(b.t, text, "Your cards")
	return s
}

func (b *bank) record(ref account.Ref) (r store.Record) {
	b.t.Helper()
	require.NoError(b.t, b.store.View(b.t.Context(), ref, func(s store.Snapshot) error {
		r = *s.Card()
		return nil
	}))
	return r
}

// cookie returns the cookie of a login on the pages.
func (s *surfer) cookie() string {
	at, _ := url.Parse(s.b.members.URL)
	for _, c := range s.client.Jar.Cookies(at) {
		if c.Name == cookieOfPages {
			return c.Value
		}
	}
	return ""
}

// TestCrossSitePosts: a form on a page of another site does nothing, whoever is
// logged in.
func TestCrossSitePosts(t *testing.T) {
	b := newBank(t)
	anna := b.online()
	path := "/online/cards/" + b.card.String() + "/activate"
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		status, text := anna.post(path, nil, headers...)
		b.requireError("cross-origin", status, text, http.StatusForbidden)
	}
	assert.Equal(t, store.NotActivated, b.record(b.card).Status)
	status, _ := anna.get(path)
	assert.Equal(t, http.StatusNotFound, status, "a link changes nothing")
	status, _ = anna.post(path, nil, "Sec-Fetch-Site", "same-origin")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, store.Active, b.record(b.card).Status)
}

// TestSessionFixation: a token that somebody put into the browser before is none after
// the login, and the one of the login before has ended.
func TestSessionFixation(t *testing.T) {
	b := newBank(t)
	at, err := url.Parse(b.members.URL)
	require.NoError(t, err)
	anna := b.surfer()
	planted := strings.Repeat("A", 43)
	anna.client.Jar.SetCookies(at, []*http.Cookie{{Name: cookieOfPages, Value: planted, Path: "/"}})
	login := url.Values{"name": {"anna"}, "password": {passwordOfAnna}}
	anna.post("/online/login", login)
	first := anna.cookie()
	assert.NotEqual(t, planted, first)
	anna.post("/online/login", login)
	assert.NotEqual(t, first, anna.cookie())
	for _, old := range []string{planted, first} {
		status, _ := b.ask("GET", b.members.URL+"/v1/cards", "", "Cookie", cookieOfPages+"="+old)
		assert.Equal(t, http.StatusUnauthorized, status)
	}
	last := anna.cookie()
	anna.post("/online/logout", nil)
	status, _ := b.ask("GET", b.members.URL+"/v1/cards", "", "Cookie", cookieOfPages+"="+last)
	assert.Equal(t, http.StatusUnauthorized, status, "logged out")
}

// TestPrimaryAtEveryDoor: the primary member gets nowhere with the supplementary card, by
// any route of pages and API.
func TestPrimaryAtEveryDoor(t *testing.T) {
	b := newBank(t)
	ref := b.addCard("Ben", passwordOfBen, panOfBen)
	b.change(ref, func(r *store.Record) { r.Status = store.Active })
	before := b.record(ref)
	anna, token, cookie := b.online(), b.login(), []string{"Cookie", ""}
	cookie[1] = cookieOfPages + "=" + anna.cookie()
	card := "/v1/cards/" + ref.String()
	for _, route := range []string{"POST /activate", "GET /history", "GET /pin", "GET /pin/key", "POST /pin", "PUT /pin", "POST /pin/unblock"} {
		method, path, _ := strings.Cut(route, " ")
		for name, headers := range map[string][]string{"app": token, "web": cookie} {
			body := ""
			if path == "/pin" && method != "GET" {
				body = fmt.Sprintf(`{"pin":"8361","password":%q}`, passwordOfAnna)
			}
			status, text := b.ask(method, b.members.URL+card+path, body, headers...)
			assert.Equal(t, http.StatusForbidden, status, "%s by %s: %s", route, name, text)
		}
	}
	page := "/online/cards/" + ref.String()
	for _, route := range []string{"POST /activate", "POST /unlock", "POST /pin", "GET /pin"} {
		method, path, _ := strings.Cut(route, " ")
		status, text := 0, ""
		if method == "GET" {
			status, text = anna.get(page + path)
		} else {
			status, text = anna.post(page+path, url.Values{"password": {passwordOfAnna}, "challenge": {strings.Repeat("AAAA", 10) + "AAA="}, "data": {"AAAA"}})
		}
		assert.Equal(t, http.StatusForbidden, status, route)
		assert.Contains(t, text, "You have no such card", route)
	}
	after := b.record(ref)
	after.Revision = before.Revision
	assert.Equal(t, before, after)
	b.assertClean()
}

// TestIdentificationCodesCanNotBeTried: after five wrong ones the right one does not
// open a registration any more, and nobody learns which cards there are.
func TestIdentificationCodesCanNotBeTried(t *testing.T) {
	b := newBank(t)
	ref := b.addCard("Carl", "", panOfCarl)
	right := b.cid(panOfCarl)
	register := func(pan, expires, code string) (int, string) {
		return b.surfer().post("/online/register", url.Values{"pan": {pan}, "expires": {expires}, "cid": {code}, "name": {"carl"}, "password": {"long enough"}, "password_again": {"long enough"}})
	}
	unknown, text := register("374245001759991", "12/35", right)
	for _, expires := range []string{"11/35", "12/35", "12/35", "12/35", "12/35"} {
		code := wrong(right)
		if expires == "11/35" {
			code = right
		}
		status, refused := register(panOfCarl, expires, code)
		assert.Equal(t, unknown, status)
		assert.Equal(t, strings.Replace(text, `value="12/35"`, `value="`+expires+`"`, 1), refused, "the same page")
		assert.NotContains(t, refused, code)
	}
	status, _ := register(panOfCarl, "12/35", right)
	assert.Equal(t, http.StatusForbidden, status)
	assert.EqualValues(t, 5, b.record(ref).CIDTries)
	b.change(ref, func(r *store.Record) { r.CIDTries = 0 }) // an operator does that
	status, text = register(panOfCarl, "12/35", right)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "You are registered")
	status, _ = register(panOfCarl, "12/35", right)
	assert.Equal(t, http.StatusForbidden, status, "once")
	assert.NotContains(t, b.log.String(), right)
	assert.NotContains(t, b.log.String(), panOfCarl)
}

// TestStepUp: a PIN is changed with the password alone, at the form and at the API, by a
// page, the app or a program; wrong ones count as those of a login do, none at all does
// not, and whose card it is not is refused before.
func TestStepUp(t *testing.T) {
	b := newBank(t)
	ben := b.addCard("Ben", passwordOfBen, panOfBen)
	b.change(b.card, func(r *store.Record) { r.Status = store.Active })
	program := b.login()
	status, text := b.ask("POST", b.pinURL(), `{"pin":"`+chosenPIN+`"}`, program...)
	require.Equal(t, http.StatusOK, status, text)
	anna := b.online()
	cookie := []string{"Cookie", cookieOfPages + "=" + anna.cookie()}
	_, text = b.ask("POST", b.members.URL+"/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	var login struct{ Token string }
	decode(t, text, &login)
	app := []string{"Authorization", "Bearer " + login.Token}
	change := func(door []string, extra string) (int, string) {
		_, key := b.ask("GET", b.pinURL()+"/key", "", door...)
		return b.ask("PUT", b.pinURL(), seal(t, "9272", key, extra), door...)
	}
	const right, wrong = `,"password":"` + passwordOfAnna + `"`, `,"password":"wrong horse"`
	for name, door := range map[string][]string{"page": cookie, "app": app, "program": program} {
		for range 5 { // more than there are wrong ones
			status, text = change(door, "")
			b.requireError("password-needed", status, text, http.StatusForbidden)
		}
		status, text = b.ask("PUT", b.pinURL(), `{"pin":"9272","password":null}`, door...)
		b.requireError("bad-request", status, text, http.StatusBadRequest)
		status, text = change(door, wrong)
		b.requireError("password-wrong", status, text, http.StatusForbidden)
		status, text = change(door, right)
		assert.Equal(t, http.StatusOK, status, "%s: %s", name, text)
		status, text = b.ask("PUT", b.members.URL+"/v1/cards/"+ben.String()+"/pin", `{"pin":"9272"}`, door...)
		b.requireError("not-allowed", status, text, http.StatusForbidden)
		b.clock.Advance(time.Minute)
	}
	for range 5 {
		status, text = anna.post("/online/cards/"+b.card.String()+"/pin", url.Values{"do": {"change"}, "password": {"wrong"}})
		assert.Equal(t, http.StatusForbidden, status)
	}
	assert.Contains(t, text, "The password is wrong")
	status, text = change(cookie, right)
	b.requireError("password-wrong", status, text, http.StatusForbidden)
	b.clock.Advance(2 * time.Minute)
	status, text = change(cookie, right)
	assert.Equal(t, http.StatusOK, status, text)
	_, journal := b.ask("GET", b.operators.URL+"/v1/journal", "")
	assert.Contains(t, journal, `"kind":"password again attempt","actor":"member 1"`)
	assert.Contains(t, journal, `"kind":"password again","actor":"member 1"`)
	b.assertClean()
}

// TestSealedPINs: what was sealed is good once, for its card, its holder and its time.
func TestSealedPINs(t *testing.T) {
	b := newBank(t)
	ben := b.addCard("Ben", passwordOfBen, panOfBen)
	for _, ref := range []account.Ref{b.card, ben} {
		b.change(ref, func(r *store.Record) { r.Status = store.Active })
	}
	annas, bens := b.login(), b.tokenOf("ben", passwordOfBen)
	key := func() string {
		_, text := b.ask("GET", b.pinURL()+"/key", "", annas...)
		return text
	}
	benURL := b.members.URL + "/v1/cards/" + ben.String() + "/pin"
	set := func(url, body string, headers []string) {
		status, text := b.ask("POST", url, body, headers...)
		b.requireError("seal-refused", status, text, http.StatusConflict)
	}
	set(benURL, seal(t, "8361", key(), ""), bens)
	set(benURL, seal(t, "8361", strings.Replace(key(), b.card.String(), ben.String(), 1), ""), bens)
	set(b.pinURL(), seal(t, "8361", strings.Replace(key(), b.card.String(), ben.String(), 1), ""), annas)
	set(b.pinURL(), strings.Replace(seal(t, "8361", key(), ""), `"key":"`, `"key":"0`, 1), annas)
	set(b.pinURL(), seal(t, "8361", strings.Replace(key(), "transport 1", "transport 2", 1), ""), annas)
	old := seal(t, "8361", key(), "")
	b.clock.Advance(5 * time.Minute)
	set(b.pinURL(), old, annas)
	pushed := seal(t, "8361", key(), "")
	for range 8 {
		key()
	}
	set(b.pinURL(), pushed, annas)
	status, text := b.ask("POST", b.pinURL(), seal(t, "83615", key(), ""), annas...)
	b.requireError("bad-pin", status, text, http.StatusUnprocessableEntity)
	good := seal(t, "8361", key(), "")
	status, text = b.ask("POST", b.pinURL(), good, annas...)
	assert.Equal(t, http.StatusOK, status, text)
	set(b.pinURL(), good, annas)
	b.assertClean()
}

// TestRefresh: tokens are renewed, one that comes twice ends the login, and none is
// taken for what it is not.
func TestRefresh(t *testing.T) {
	b := newBank(t)
	type tokens struct{ Token, Refresh string }
	take := func(path, body string) (l tokens) {
		status, text := b.ask("POST", b.members.URL+path, body)
		require.Equal(t, http.StatusOK, status, text)
		decode(t, text, &l)
		return l
	}
	allowed := func(token string) bool {
		status, _ := b.ask("GET", b.members.URL+"/v1/cards", "", "Authorization", "Bearer "+token)
		return status == http.StatusOK
	}
	renew := func(token string) string { return `{"refresh":"` + token + `"}` }
	first := take("/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	assert.True(t, allowed(first.Token))
	assert.False(t, allowed(first.Refresh), "it is no access token")
	status, _ := b.ask("POST", b.members.URL+"/v1/refresh", renew(first.Token))
	assert.Equal(t, http.StatusUnauthorized, status, "nor is the other a refresh token")
	b.clock.Advance(10 * time.Minute)
	assert.False(t, allowed(first.Token), "it has ended")
	second := take("/v1/refresh", renew(first.Refresh))
	assert.True(t, allowed(second.Token))
	status, _ = b.ask("POST", b.members.URL+"/v1/refresh", renew(first.Refresh))
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.False(t, allowed(second.Token), "somebody has stolen one")
	status, _ = b.ask("POST", b.members.URL+"/v1/refresh", renew(second.Refresh))
	assert.Equal(t, http.StatusUnauthorized, status)

	third := take("/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	b.clock.Advance(12 * time.Hour)
	status, _ = b.ask("POST", b.members.URL+"/v1/refresh", renew(third.Refresh))
	assert.Equal(t, http.StatusUnauthorized, status, "not for ever")
	fourth := take("/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	b.ask("POST", b.members.URL+"/v1/logout", "", "Authorization", "Bearer "+fourth.Token)
	status, _ = b.ask("POST", b.members.URL+"/v1/refresh", renew(fourth.Refresh))
	assert.Equal(t, http.StatusUnauthorized, status, "logged out")
}

// TestForms: what is too large is refused, nothing that was typed gets into a header,
// and no page can be framed or run what it does not bring.
func TestForms(t *testing.T) {
	b := newBank(t)
	anna := b.surfer()
	status, _ := anna.post("/online/login", url.Values{"name": {strings.Repeat("a", 9<<10)}})
	assert.Equal(t, http.StatusBadRequest, status)
	evil := "anna\r\nSet-Cookie: till_session=evil"
	status, text := anna.post("/online/login", url.Values{"name": {evil + `"><script>`}, "password": {"x"}})
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.NotContains(t, text, "<script>")
	assert.Empty(t, anna.cookie())
	for _, path := range []string{"/online/%0d%0aSet-Cookie:x=y", "/online/cards/%0d%0a/pin", "/app/%0d%0a", "/assets/../members.go", "/app/..%2f..%2fapp.go"} {
		response, err := http.Get(b.members.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Empty(t, response.Header.Get("Set-Cookie"), path)
		assert.Contains(t, []int{http.StatusNotFound, http.StatusOK}, response.StatusCode, path)
	}
	for _, path := range []string{"/", "/online/login", "/online/register", "/app/", "/app/app.js", "/assets/seal.js"} {
		response, err := http.Get(b.members.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
		policy := response.Header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'; script-src 'self'", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
	}
}
