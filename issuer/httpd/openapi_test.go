package httpd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/app"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

type object = map[string]any

// document is the OpenAPI document, with what of it was seen.
type document struct {
	t    *testing.T
	root object
	seen map[string]bool
}

func readDocument(t *testing.T) *document {
	t.Helper()
	d := &document{t: t, seen: map[string]bool{}}
	require.NoError(t, yaml.Unmarshal(app.Document, &d.root))
	return d
}

// resolve follows a reference.
func (d *document) resolve(node object) object {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	at := d.root
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		next, ok := at[name].(object)
		require.True(d.t, ok, ref)
		at = next
	}
	return at
}

// operations returns all that is described, as "POST /v1/login 200".
func (d *document) operations() (all []string) {
	for path, item := range d.root["paths"].(object) {
		for method, operation := range item.(object) {
			if method == "parameters" {
				continue
			}
			for status := range operation.(object)["responses"].(object) {
				all = append(all, strings.ToUpper(method)+" "+path+" "+status)
			}
		}
	}
	slices.Sort(all)
	return all
}

// check holds an answer against the document.
func (d *document) check(method, path string, status int, kind, body string) {
	d.t.Helper()
	name := fmt.Sprintf("%s %s %d", method, path, status)
	d.seen[name] = true
	item, ok := d.root["paths"].(object)[path].(object)
	require.True(d.t, ok, "%s is not described", path)
	operation, ok := item[strings.ToLower(method)].(object)
	require.True(d.t, ok, "%s %s is not described", method, path)
	response, ok := operation["responses"].(object)[fmt.Sprint(status)].(object)
	require.True(d.t, ok, "%s is not described: %s", name, body)
	content, ok := d.resolve(response)["content"].(object)[kind].(object)
	require.True(d.t, ok, "%s: %s is not described", name, kind)
	if kind != "application/json" {
		return
	}
	var value any
	require.NoError(d.t, json.Unmarshal([]byte(body), &value))
	d.schema(name, content["schema"].(object), value)
}

// schema holds a value against a schema, with those words that the document uses.
func (d *document) schema(at string, s object, value any) {
	d.t.Helper()
	s = d.resolve(s)
	if enum, ok := s["enum"].([]any); ok {
		assert.Contains(d.t, enum, value, at)
	}
	switch s["type"] {
	case "object":
		d.object(at, s, value)
	case "array":
		list, ok := value.([]any)
		assert.True(d.t, ok, "%s is no array", at)
		for _, one := range list {
			d.schema(at+"[]", s["items"].(object), one)
		}
	case "string":
		d.text(at, s, value)
	case "integer":
		n, ok := value.(float64)
		assert.True(d.t, ok && n == float64(int64(n)), "%s is no integer", at)
	case "boolean":
		assert.IsType(d.t, true, value, at)
	default:
		assert.Fail(d.t, "a schema without a type that this test knows", at)
	}
}

func (d *document) object(at string, s object, value any) {
	d.t.Helper()
	members, ok := value.(object)
	assert.True(d.t, ok, "%s is no object", at)
	required, _ := s["required"].([]any)
	for _, name := range required {
		assert.Contains(d.t, members, name, at)
	}
	properties, _ := s["properties"].(object)
	for name, member := range members {
		property, ok := properties[name].(object)
		if assert.True(d.t, ok, "%s.%s is not described", at, name) {
			d.schema(at+"."+name, property, member)
		}
	}
}

func (d *document) text(at string, s object, value any) {
	d.t.Helper()
	text, ok := value.(string)
	assert.True(d.t, ok, "%s is no string", at)
	if pattern, ok := s["pattern"].(string); ok {
		assert.Regexp(d.t, pattern, text, at)
	}
	if s["format"] == "date-time" {
		_, err := time.Parse(time.RFC3339Nano, text)
		assert.NoError(d.t, err, at)
	}
}

// refInPath finds the reference of a card in a path.
var refInPath = regexp.MustCompile(`^/v1/cards/[^/]*`)

// watches checks each answer of a door to what the document describes: a status that it
// does not have fails the test, whichever test that is.
func (d *document) watches(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := &statusOf{w, http.StatusOK}
		next.ServeHTTP(kept, r)
		path := r.URL.Path
		if path != "/v1/cards" {
			path = refInPath.ReplaceAllString(path, "/v1/cards/{ref}")
		}
		item, _ := d.root["paths"].(object)[path].(object)
		operation, _ := item[strings.ToLower(r.Method)].(object)
		responses, ok := operation["responses"].(object)
		if _, described := responses[fmt.Sprint(kept.status)]; ok && !described {
			d.t.Errorf("%s %s: status %d is not described", r.Method, path, kept.status)
		}
	})
}

// statusOf remembers the status of an answer.
type statusOf struct {
	http.ResponseWriter
	status int
}

func (s *statusOf) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a stream be flushed.
func (s *statusOf) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// tour asks the API, and holds each answer against the document.
type tour struct {
	*document
	b *bank
}

// ask sends a request; path is as the document has it.
func (u tour) ask(want int, method, path, ref, body string, headers ...string) string {
	u.t.Helper()
	status, text := u.b.ask(method, u.b.members.URL+strings.Replace(path, "{ref}", ref, 1), body, headers...)
	require.Equal(u.t, want, status, "%s %s: %s", method, path, text)
	u.check(method, path, status, "application/json", text)
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
	u := tour{readDocument(t), b}
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
	assert.Equal(t, u.operations(), u.all(), "what is described was seen")
	u.routes()
}

func (d *document) all() (all []string) {
	for name := range d.seen {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
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
		u.check("GET", "/v1/events", response.StatusCode, response.Header.Get("Content-Type"), "")
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

// routePattern finds the routes of the members' door in its source.
var routePattern = regexp.MustCompile(`"(GET|POST|PUT|DELETE|PATCH) (/v1[^"]*|/healthz)"`)

// routes checks that each route is described.
func (u tour) routes() {
	u.t.Helper()
	source, err := os.ReadFile("members.go")
	require.NoError(u.t, err)
	found := routePattern.FindAllStringSubmatch(strings.ReplaceAll(string(source), `"+refreshPath`, `/v1/refresh"`), -1)
	require.Greater(u.t, len(found), 10)
	for _, route := range found {
		item, _ := u.root["paths"].(object)[route[2]].(object)
		assert.Contains(u.t, item, strings.ToLower(route[1]), "%s %s is not described", route[1], route[2])
	}
}
