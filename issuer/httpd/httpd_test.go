package httpd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/issuer/store/watched"
)

const (
	passwordOfAnna = "correct horse battery"
	digitsOfPAN    = "374245001741007"
	chosenPIN      = "8361"
)

// bank is an issuer with one member, who has one card, and its doors.
type bank struct {
	t         *testing.T
	store     *watched.Store
	clock     *clock.Virtual
	log       bytes.Buffer
	card      account.Ref
	members   *httptest.Server
	operators *httptest.Server
	backup    httpd.Backup
	module    *hsm.Software
	passwords *member.Passwords
	pruned    time.Time // before
	doors     *httpd.Doors
}

func newBank(t *testing.T, changes ...func(*httpd.Config)) *bank {
	t.Helper()
	module, err := hsm.New(nil, nil)
	require.NoError(t, err)
	b := &bank{t: t, module: module, store: watched.New(mem.New()), clock: clock.NewVirtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))}
	passwords := member.NewPasswords(rand.Reader, 2)
	b.passwords = passwords
	hash, err := passwords.Hash(t.Context(), secret.New([]byte(passwordOfAnna)))
	require.NoError(t, err)
	id, err := b.store.Members().Create(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna", Password: hash}})
	require.NoError(t, err)
	pan, err := account.ParsePAN([]byte(digitsOfPAN))
	require.NoError(t, err)
	b.card = module.Ref(pan, 0)
	sealed, err := module.SealPAN(b.card, pan)
	require.NoError(t, err)
	require.NoError(t, b.store.Create(t.Context(), b.card, store.Record{
		Holder: id, Primary: id, PAN: sealed, LastFour: "1007", Expiry: account.Expiry{Year: 2035, Month: time.December},
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
	b.backup = func(_ context.Context, w io.Writer) error {
		_, err := w.Write([]byte("all there is"))
		return err
	}
	log, err := oplog.New(&b.log, b.clock.Now, oplog.Options{Level: "debug"})
	require.NoError(t, err)
	config := httpd.Config{Store: b.store, Watch: b.store, Passwords: passwords, Rand: rand.Reader, Clock: b.clock, Log: log}
	for _, change := range changes {
		change(&config)
	}
	config.Channel, err = channel.New(channel.Config{Store: config.Store, PINs: module, Clock: b.clock, Log: log})
	require.NoError(t, err)
	doors, err := httpd.New(config)
	require.NoError(t, err)
	b.doors = doors
	b.members = httptest.NewServer(described(t, doors.Members()))
	b.operators = httptest.NewServer(doors.Operators(httpd.Machine{
		Addresses: httpd.Addresses{HTTP: "127.0.0.1:1"}, Metrics: http.NotFoundHandler(), Started: b.clock.Now(),
		Backup: func(ctx context.Context, w io.Writer) error { return b.backup(ctx, w) },
		Prune:  func(_ context.Context, before time.Time) (int, error) { b.pruned = before; return 7, nil },
	}))
	t.Cleanup(b.members.Close)
	t.Cleanup(b.operators.Close)
	return b
}

// ask sends a request and returns status and body.
func (b *bank) ask(method, url, body string, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, url, strings.NewReader(body))
	require.NoError(b.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	assert.Equal(b.t, "application/json", response.Header.Get("Content-Type"))
	assert.Equal(b.t, "no-store", response.Header.Get("Cache-Control"))
	return response.StatusCode, strings.TrimSpace(string(text))
}

func (b *bank) requireError(code string, status int, text string, wantStatus int) {
	b.t.Helper()
	var form httpd.ErrorForm
	require.NoError(b.t, json.Unmarshal([]byte(text), &form), text)
	assert.Equal(b.t, code, form.Error.Code)
	assert.Equal(b.t, wantStatus, status)
	assert.NotEmpty(b.t, form.Error.Text)
	assert.NotEmpty(b.t, form.Error.Next)
}

// login logs Anna in and returns the header with her token.
func (b *bank) login() []string {
	b.t.Helper()
	status, text := b.ask("POST", b.members.URL+"/v1/login", `{"name":" Anna ","password":"`+passwordOfAnna+`"}`)
	require.Equal(b.t, http.StatusOK, status, text)
	var l struct {
		Token, Name string
		Expires     time.Time
	}
	require.NoError(b.t, json.Unmarshal([]byte(text), &l))
	assert.Equal(b.t, "Anna", l.Name)
	assert.Equal(b.t, b.clock.Now().Add(time.Hour), l.Expires)
	return []string{"Authorization", "Bearer " + l.Token}
}

func (b *bank) pinURL() string { return b.members.URL + "/v1/cards/" + b.card.String() + "/pin" }

func TestMemberStory(t *testing.T) {
	b := newBank(t)
	token := b.login()
	status, text := b.ask("GET", b.members.URL+"/v1/cards", "", token...)
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `[{"ref":"`+b.card.String()+`","last_four":"1007","supplementary":false,"yours":true,"status":"not activated"}]`, text)

	status, text = b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/activate", "", token...)
	assert.Equal(t, http.StatusOK, status, text)
	status, text = b.ask("POST", b.pinURL(), `{"pin":"`+chosenPIN+`"}`, append(token, "Idempotency-Key", "1")...)
	assert.Equal(t, http.StatusOK, status, text)
	_, again := b.ask("POST", b.pinURL(), `{"pin":"`+chosenPIN+`"}`, append(token, "Idempotency-Key", "1")...)
	assert.Equal(t, text, again)
	assert.JSONEq(t, `{"card":{"ref":"`+b.card.String()+`","last_four":"1007","supplementary":false,"yours":true,"status":"active"},
		"pin":"first-pending","text":"the PIN waits for the card","next":"insert the card at a checkout terminal and enter the PIN; a tap will not do"}`, text)

	status, text = b.ask("POST", b.pinURL(), `{"pin":"9272"}`, token...)
	b.requireError("pin-exists", status, text, http.StatusConflict)
	status, text = b.ask("PUT", b.pinURL(), `{"pin":"1111","password":"`+passwordOfAnna+`"}`, token...)
	b.requireError("weak-pin", status, text, http.StatusUnprocessableEntity)
	status, _ = b.ask("PUT", b.pinURL(), `{"pin":"927\u0032","password":"`+passwordOfAnna+`"}`, token...)
	assert.Equal(t, http.StatusOK, status)
	status, text = b.ask("POST", b.pinURL()+"/unblock", "", token...)
	b.requireError("no-pin", status, text, http.StatusConflict)
	status, _ = b.ask("GET", b.pinURL(), "", token...)
	assert.Equal(t, http.StatusOK, status)

	status, _ = b.ask("POST", b.members.URL+"/v1/logout", "", token...)
	assert.Equal(t, http.StatusOK, status)
	status, text = b.ask("GET", b.pinURL(), "", token...)
	b.requireError("login-needed", status, text, http.StatusUnauthorized)
	b.assertClean()
}

// assertClean looks for what the log and the journal must not hold.
func (b *bank) assertClean() {
	b.t.Helper()
	_, journal := b.ask("GET", b.operators.URL+"/v1/journal", "")
	_, cards := b.ask("GET", b.operators.URL+"/v1/cards", "")
	_, members := b.ask("GET", b.operators.URL+"/v1/members", "")
	for _, canary := range []string{chosenPIN, "9272", digitsOfPAN, passwordOfAnna, "correct"} {
		assert.NotContains(b.t, b.log.String()+journal+cards+members, canary)
	}
	assert.Contains(b.t, b.log.String(), "route=")
	assert.NotContains(b.t, b.log.String(), "Bearer")
}

func TestSessionsEnd(t *testing.T) {
	b := newBank(t)
	token := b.login()
	b.clock.Advance(time.Hour - time.Second)
	status, _ := b.ask("GET", b.members.URL+"/v1/cards", "", token...)
	assert.Equal(t, http.StatusOK, status)
	b.clock.Advance(time.Second)
	for _, headers := range [][]string{token, {}, {"Authorization", "Bearer x"}, {"Authorization", "Basic x"}} {
		status, text := b.ask("GET", b.members.URL+"/v1/cards", "", headers...)
		b.requireError("login-needed", status, text, http.StatusUnauthorized)
	}
}

func TestWrongPasswords(t *testing.T) {
	b := newBank(t)
	wrong := func(body string) {
		status, text := b.ask("POST", b.members.URL+"/v1/login", body)
		b.requireError("login-refused", status, text, http.StatusUnauthorized)
	}
	for _, name := range []string{"nobody", "", strings.Repeat("x", 100), "a b"} {
		wrong(`{"name":"` + name + `","password":"` + passwordOfAnna + `"}`)
	}
	for range member.FailuresFree + 1 {
		wrong(`{"name":"anna","password":"wrong horse"}`)
	}
	wrong(`{"name":"anna","password":"` + passwordOfAnna + `"}`)
	b.clock.Advance(time.Minute)
	b.login()
	b.login()
	b.assertClean()
}

func TestCookie(t *testing.T) {
	b := newBank(t)
	response, err := http.Post(b.members.URL+"/v1/login", "application/json", strings.NewReader(`{"name":"anna","password":"`+passwordOfAnna+`","cookie":true}`))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.NotContains(t, string(body), "token")
	require.Len(t, response.Cookies(), 1)
	cookie := response.Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.False(t, cookie.Secure, "without TLS a browser would not send it back")
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)

	headers := []string{"Cookie", cookie.Name + "=" + cookie.Value}
	status, _ := b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/activate", "", headers...)
	assert.Equal(t, http.StatusOK, status)
	status, text := b.ask("POST", b.pinURL(), `{"pin":"8361"}`, append(headers, "Sec-Fetch-Site", "cross-site")...)
	b.requireError("cross-origin", status, text, http.StatusForbidden)
}

func TestBadRequests(t *testing.T) {
	b := newBank(t)
	token := b.login()
	for _, body := range []string{"{", `"8361"`, `{"pin":8361}`, `{"pin":"8361"}x`, `{"pin":"\q"}`, `{"pin":null}`} {
		status, text := b.ask("POST", b.pinURL(), body, token...)
		b.requireError("bad-request", status, text, http.StatusBadRequest)
		assert.NotContains(t, text, "8361")
	}
	status, text := b.ask("POST", b.pinURL(), `{"pin":"`+strings.Repeat("8", 5000)+`"}`, token...)
	b.requireError("too-large", status, text, http.StatusRequestEntityTooLarge)
	status, text = b.ask("POST", b.pinURL(), `{"pin":"8361"}`, append(token, "Content-Type", "text/plain")...)
	b.requireError("bad-type", status, text, http.StatusUnsupportedMediaType)
	status, text = b.ask("POST", b.pinURL(), `{}`, token...)
	b.requireError("bad-pin", status, text, http.StatusUnprocessableEntity)
	for _, card := range []string{"1007", digitsOfPAN, strings.Repeat("x", 32)} {
		status, text = b.ask("GET", b.members.URL+"/v1/cards/"+card+"/pin", "", token...)
		b.requireError("no-card", status, text, http.StatusNotFound)
	}
	status, text = b.ask("GET", b.members.URL+"/v1/cards/"+account.Ref{1}.String()+"/pin", "", token...)
	b.requireError("not-allowed", status, text, http.StatusForbidden)
	status, text = b.ask("GET", b.members.URL+"/pin", "")
	b.requireError("no-route", status, text, http.StatusNotFound)
	status, text = b.ask("GET", b.members.URL+"/healthz", "")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"ok":true}`, text)
	b.assertClean()
}

func TestOperators(t *testing.T) {
	b := newBank(t)
	_, text := b.ask("GET", b.operators.URL+"/v1/status", "")
	assert.JSONEq(t, `{"http":"127.0.0.1:1","host":"","started":"2026-11-23T12:00:00Z","members":1,"cards":1,"active":0,"waiting":0,"held":0,"unsure":0,"entries":0,"sealed":0}`, text)
	_, text = b.ask("GET", b.operators.URL+"/v1/cards", "")
	assert.JSONEq(t, `[{"ref":"`+b.card.String()+`","last_four":"1007","sequence_number":"00","expires":"3512","holder":1,"primary":1,"status":"not activated",
		"pin":"unset","tries":0,"highest_atc":0,"cryptogram":"amex-style","script":"amex-style","key_set":1,"cid_tries":0}]`, text)
	_, text = b.ask("GET", b.operators.URL+"/v1/members", "")
	assert.JSONEq(t, `[{"id":1,"name":"Anna","login":"anna","cards":["`+b.card.String()+`"]}]`, text)

	card := b.operators.URL + "/v1/cards/" + b.card.String()
	status, text := b.ask("POST", card+"/retry", "")
	b.requireError("not-held", status, text, http.StatusConflict)
	status, text = b.ask("POST", card+"/reset-tries", "")
	assert.Equal(t, http.StatusOK, status, text)
	_, text = b.ask("GET", card+"/journal", "")
	assert.JSONEq(t, `[{"number":2,"ref":"`+b.card.String()+`","at":"2026-11-23T12:00:00Z","kind":"online tries reset","actor":"operator"},
		{"number":1,"ref":"`+b.card.String()+`","at":"2026-11-23T12:00:00Z","kind":"refused","actor":"operator","detail":"PIN retried: not-held: not held"}]`, text)
	_, text = b.ask("GET", b.operators.URL+"/v1/journal?after=2", "")
	assert.JSONEq(t, `[]`, text)
	status, text = b.ask("GET", b.operators.URL+"/v1/journal?after=x", "")
	b.requireError("bad-request", status, text, http.StatusBadRequest)
	status, text = b.ask("GET", b.operators.URL+"/v1/cards/"+account.Ref{1}.String()+"/journal", "")
	assert.True(t, status == http.StatusNotFound || text == "[]")
	status, _ = b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/retry", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
}

// TestOperatorsAreToldTheDigits: as many as they ask for, four if they do not say.
func TestOperatorsAreToldTheDigits(t *testing.T) {
	b := newBank(t)
	card := b.operators.URL + "/v1/cards/" + b.card.String()
	for query, want := range map[string]string{"": `[0-9a-f]{32}","cid":"[0-9]{4}"}`, "?digits=5": `"cid":"[0-9]{5}"}`} {
		status, text := b.ask("POST", card+"/cid"+query, "")
		assert.Equal(t, http.StatusOK, status, text)
		assert.Regexp(t, want, text)
	}
	status, text := b.ask("POST", card+"/cid?digits=6", "")
	b.requireError("bad-digits", status, text, http.StatusConflict)
	status, text = b.ask("POST", card+"/cid?digits=x", "")
	b.requireError("bad-request", status, text, http.StatusBadRequest)
	status, _ = b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/cid", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
}

// TestOperatorsAreToldAValue: for an indicator that has one.
func TestOperatorsAreToldAValue(t *testing.T) {
	b := newBank(t)
	card := b.operators.URL + "/v1/cards/" + b.card.String()
	for eci, begin := range map[string]string{"05": "00", "06": "07"} {
		status, text := b.ask("POST", card+"/aevv?eci="+eci, "")
		assert.Equal(t, http.StatusOK, status, text)
		assert.Regexp(t, `"eci":"`+eci+`","aevv":"`+begin+`[0-9]{38}"}`, text)
	}
	status, text := b.ask("POST", card+"/aevv?eci=07", "")
	b.requireError("bad-request", status, text, http.StatusBadRequest)
	status, _ = b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/aevv?eci=05", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
}

func TestOperatorsMoveCards(t *testing.T) {
	b := newBank(t)
	card := b.operators.URL + "/v1/cards/" + b.card.String()
	for _, step := range []struct{ verb, code, status string }{
		{"block", "not-active", ""},
		{"unblock", "not-blocked", ""},
		{"lost", "", "lost"},
		{"unblock", "card-gone", ""},
		{"stolen", "", "stolen"},
		{"stolen", "already-so", ""},
		{"close", "", "closed"},
		{"lost", "card-closed", ""},
	} {
		status, text := b.ask("POST", card+"/"+step.verb, "")
		if step.code != "" {
			b.requireError(step.code, status, text, http.StatusConflict)
			continue
		}
		require.Equal(t, http.StatusOK, status, text)
		assert.Contains(t, text, `"status":"`+step.status+`"`)
	}
	status, text := b.ask("POST", b.operators.URL+"/v1/cards/"+account.Ref{1}.String()+"/close", "")
	b.requireError("no-card", status, text, http.StatusNotFound)
	status, _ = b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/close", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
	_, text = b.ask("GET", b.operators.URL+"/v1/cards?last_four=1007", "")
	assert.Contains(t, text, b.card.String())
	_, text = b.ask("GET", b.operators.URL+"/v1/cards?last_four=1006", "")
	assert.JSONEq(t, `[]`, text)
}

func TestBackupIsStreamed(t *testing.T) {
	b := newBank(t)
	response, err := http.Get(b.operators.URL + "/v1/backup")
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "all there is", string(content))
	assert.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	status, _ := b.ask("GET", b.members.URL+"/v1/backup", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
}

// TestBackupThatStalls: who takes nothing for too long is cut off, and the store is
// let go.
func TestBackupThatStalls(t *testing.T) {
	b := newBank(t)
	ended := make(chan error, 1)
	begun := make(chan struct{})
	b.backup = func(_ context.Context, w io.Writer) error {
		_, err := w.Write(make([]byte, 1))
		close(begun)
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		ended <- err
		return err
	}
	response, err := http.Get(b.operators.URL + "/v1/backup")
	require.NoError(t, err)
	defer response.Body.Close()
	<-begun
	require.Eventually(t, func() bool {
		b.clock.Advance(time.Minute)
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}, 10*time.Second, 10*time.Millisecond)
}

// What breaks is logged, and tells the other side nothing.
func TestBroken(t *testing.T) {
	b := newBank(t)
	token := b.login()
	require.NoError(t, b.store.Close())
	status, text := b.ask("GET", b.members.URL+"/v1/cards", "", token...)
	b.requireError("broken", status, text, http.StatusInternalServerError)
	assert.NotContains(t, text, "closed")
	assert.Contains(t, b.log.String(), "store is closed")
}

func TestServeDrains(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	entered := make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- httpd.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-ctx.Done()
			_, _ = io.WriteString(w, "done")
		}))
	}()
	go func() { <-entered; stop() }()
	response, err := http.Get("http://" + l.Addr().String())
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "done", string(text))
	require.NoError(t, <-served)
	_, err = net.Dial("tcp", l.Addr().String())
	assert.Error(t, err)
}
