package httpd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/app"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata/openapi"
)

// refInPath finds the reference of a card in a path.
var refInPath = regexp.MustCompile(`^/v1/cards/[^/]*`)

// described is the members' door, held against its document whoever asks.
func described(t *testing.T, door http.Handler) http.Handler {
	return openapi.Read(t, app.Document).Watches(door, func(path string) string {
		if path == "/v1/cards" {
			return path
		}
		return refInPath.ReplaceAllString(path, "/v1/cards/{ref}")
	})
}

// tour asks the API, and holds each answer against the document.
type tour struct {
	*openapi.Document
	t *testing.T
	b *bank
}

// ask sends a request; path is as the document has it.
func (u tour) ask(want int, method, path, ref, body string, headers ...string) string {
	u.t.Helper()
	status, text := u.b.ask(method, u.b.members.URL+strings.Replace(path, "{ref}", ref, 1), body, headers...)
	require.Equal(u.t, want, status, "%s %s: %s", method, path, text)
	u.Check(method, path, status, "application/json", text)
	return text
}

const (
	pinPath = "/v1/cards/{ref}/pin"
	keyPath = pinPath + "/key"
)

// TestDocumentIsTheAPI asks for every route and every status that the document has,
// and holds what comes against it; and the document has every route that there is.
func TestDocumentIsTheAPI(t *testing.T) {
	w := &weather{full: make(chan struct{})}
	b := newBank(t, w.over)
	u := tour{openapi.Read(t, app.Document), t, b}
	bens := b.addCard("Ben", passwordOfBen, panOfBen).String()
	b.addCard("Carl", "", panOfCarl)
	anna := b.login()
	u.ask(200, "GET", "/healthz", "", "")
	u.logins()
	u.refusedEverywhere(anna, bens)
	u.pins(anna)
	u.streams(anna)
	u.registrations()
	b.clock.Advance(time.Hour)
	anna = b.login()
	u.busy(w, anna)
	u.everywhere(421, "", anna, "Host", "evil.example")
	u.everywhere(403, "POST PUT", anna, "Sec-Fetch-Site", "cross-site")
	w.failed = true
	u.ask(503, "GET", "/healthz", "", "")
	require.NoError(t, b.store.Close())
	u.everywhere(500, "", anna)
	for range 3000 {
		b.from("127.0.0.1:1", "", "")
	}
	u.everywhere(429, "", anna)
	assert.Equal(t, u.Operations(), u.Seen(), "what is described was seen")
	u.Routes("members.go", strings.NewReplacer(`"+refreshPath`, `/v1/refresh"`))
}

func (u tour) logins() {
	login := `{"name":"anna","password":"` + passwordOfAnna + `","refresh":"body"}`
	var l struct{ Token, Refresh string }
	require.NoError(u.t, json.Unmarshal([]byte(u.ask(200, "POST", "/v1/login", "", login)), &l))
	u.ask(200, "POST", "/v1/refresh", "", `{"refresh":"`+l.Refresh+`"}`)
	u.ask(401, "POST", "/v1/refresh", "", `{"refresh":"`+l.Refresh+`"}`)
	u.ask(200, "POST", "/v1/logout", "", "", "Authorization", "Bearer "+l.Token)
	for _, path := range []string{"/v1/login", "/v1/refresh", "/v1/register"} {
		u.ask(400, "POST", path, "", "{")
		u.ask(413, "POST", path, "", strings.Repeat(" ", 5000))
		u.ask(415, "POST", path, "", "")
	}
	u.ask(401, "POST", "/v1/login", "", `{"name":"anna","password":"wrong"}`)
}

// refusedEverywhere asks without a login, for no card, and for another's.
func (u tour) refusedEverywhere(anna []string, bens string) {
	mine := u.b.card.String()
	for _, route := range []string{"POST /v1/cards/{ref}/activate", "GET /v1/cards/{ref}/history", "GET " + pinPath, "POST " + pinPath, "PUT " + pinPath, "GET " + keyPath, "POST " + pinPath + "/unblock"} {
		method, path, _ := strings.Cut(route, " ")
		body := ""
		if path == pinPath && method != "GET" {
			body = `{"pin":"8361"}`
			u.ask(400, method, path, mine, "{", anna...)
			u.ask(413, method, path, mine, strings.Repeat(" ", 5000), anna...)
			u.ask(415, method, path, mine, "", anna...)
		}
		u.ask(401, method, path, mine, body)
		u.ask(404, method, path, "00", body, anna...)
		u.ask(403, method, path, bens, body, anna...)
	}
	u.ask(401, "GET", "/v1/cards", "", "")
	u.ask(401, "POST", "/v1/logout", "", "")
	u.ask(401, "GET", "/v1/events", "", "")
	u.ask(200, "GET", "/v1/cards", "", "", anna...)
}

// pins takes a PIN through its life.
func (u tour) pins(anna []string) {
	mine := u.b.card.String()
	again := `,"password":"` + passwordOfAnna + `"`
	u.b.change(u.b.card, func(r *store.Record) { r.Status = store.Lost })
	u.ask(409, "POST", "/v1/cards/{ref}/activate", mine, "", anna...)
	u.b.change(u.b.card, func(r *store.Record) { r.Status = store.NotActivated })
	u.ask(200, "POST", "/v1/cards/{ref}/activate", mine, "", anna...)
	u.ask(409, "POST", pinPath+"/unblock", mine, "", anna...)
	u.ask(409, "PUT", pinPath, mine, `{"pin":"8361"`+again+`}`, anna...)
	u.ask(422, "POST", pinPath, mine, `{"pin":"1111"}`, anna...)
	long := append([]string{"Idempotency-Key", strings.Repeat("k", channel.KeyMax+1)}, anna...)
	u.ask(422, "POST", "/v1/cards/{ref}/activate", mine, "", long...)
	u.ask(422, "POST", pinPath+"/unblock", mine, "", long...)
	key := u.ask(200, "GET", keyPath, mine, "", anna...)
	u.ask(200, "POST", pinPath, mine, seal(u.t, "8361", key, ""), anna...)
	u.ask(409, "POST", pinPath, mine, seal(u.t, "8361", key, ""), anna...)            // the challenge is used
	u.b.change(u.b.card, func(r *store.Record) { r.Advance(pinlife.Personalised()) }) // the chip has it
	u.ask(200, "POST", pinPath+"/unblock", mine, "", anna...)
	u.ask(403, "PUT", pinPath, mine, `{"pin":"9272"}`, anna...) // without the password
	u.ask(422, "PUT", pinPath, mine, `{"pin":"2345"`+again+`}`, anna...)
	for n := range 10 {
		u.ask(200, "PUT", pinPath, mine, fmt.Sprintf(`{"pin":"836%d"%s}`, n, again), anna...)
	}
	u.ask(429, "PUT", pinPath, mine, `{"pin":"9272"`+again+`}`, anna...)
	u.ask(200, "GET", pinPath, mine, "", anna...)
	require.NoError(u.t, u.b.store.Update(u.t.Context(), u.b.card, func(tx store.Tx) error {
		tx.Append(store.Entry{At: u.b.clock.Now(), Kind: "approved", Actor: "terminal T", Detail: `{"amount":1234,"currency":978,"channel":"contactless"}`})
		tx.Append(store.Entry{At: u.b.clock.Now(), Kind: "declined", Actor: "terminal T", Detail: `{"amount":5,"currency":978,"channel":"contact","reason":"card is blocked"}`})
		return nil
	}))
	assert.Contains(u.t, u.ask(200, "GET", "/v1/cards/{ref}/history", mine, "", anna...), `"why":"card is blocked"`)
}

// streams opens as many streams as one member may have, and one more.
func (u tour) streams(anna []string) {
	u.t.Helper()
	ctx, cancel := context.WithCancel(u.t.Context())
	defer cancel()
	for range 8 {
		response := u.stream(ctx, anna)
		u.Check("GET", "/v1/events", response.StatusCode, response.Header.Get("Content-Type"), "")
	}
	u.ask(429, "GET", "/v1/events", "", "", anna...)
}

// stream opens a stream and reads its beginning.
func (u tour) stream(ctx context.Context, headers []string) *http.Response {
	u.t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", u.b.members.URL+"/v1/events", nil)
	require.NoError(u.t, err)
	r.Header.Set(headers[0], headers[1])
	response, err := http.DefaultClient.Do(r)
	require.NoError(u.t, err)
	u.t.Cleanup(func() { response.Body.Close() })
	_, err = io.ReadFull(response.Body, make([]byte, len("retry: 2000")))
	require.NoError(u.t, err)
	return response
}

// registrations ends with too many of them, and of logins too.
func (u tour) registrations() {
	register := func(code, name, password string) string {
		return fmt.Sprintf(`{"pan":"3742 450017 51006","expires":"3512","cid":%q,"name":%q,"password":%q}`, code, name, password)
	}
	right := u.b.cid(panOfCarl)
	u.ask(403, "POST", "/v1/register", "", register(wrong(right), "carl", "long enough"))
	u.ask(200, "POST", "/v1/register", "", register(right, "carl", "long enough"))
	u.ask(422, "POST", "/v1/register", "", register(right, "carl", "short"))
	for status := 0; status != http.StatusTooManyRequests; {
		status, _ = u.b.ask("POST", u.b.members.URL+"/v1/register", register(right, "carl", "short"))
	}
	u.ask(429, "POST", "/v1/register", "", register(right, "carl", "short"))
	u.ask(429, "POST", "/v1/login", "", `{"name":"anna","password":"x"}`)
}
