package httpd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/desk/desktest"
	"github.com/f510b0cf/till/terminal/httpd"
)

const token = "a token of a test"

// lane is a terminal's door on a port of this machine, with what it answered.
type lane struct {
	*desktest.Bench
	t    *testing.T
	url  string
	stop func()
	all  strings.Builder // what was answered
}

// hand moves the card of a lane.
type hand struct{ b *desktest.Bench }

func (h hand) Insert() error { h.b.Slot.Insert(desktest.NewChip()); return nil }
func (h hand) Pull() error   { h.b.Slot.Pull(); return nil }

func newLane(t *testing.T, change func(*httpd.Config, *desk.Config)) *lane {
	t.Helper()
	var h httpd.Config
	b := desktest.New(t, func(c *desk.Config) {
		if change != nil {
			change(&h, c)
		}
	})
	h.Desk, h.Journal, h.Profile, h.Reader = b.Desk, b.Journal, b.Profile, "bench"
	if h.Hand != nil {
		h.Hand = hand{b}
	}
	door, err := httpd.New(h)
	require.NoError(t, err)
	lane := &lane{Bench: b, t: t, stop: func() {}}
	lane.serve(door)
	t.Cleanup(func() { lane.stop() })
	return lane
}

// serve has a door be the one of the lane.
func (l *lane) serve(door *httpd.Door) {
	l.t.Helper()
	l.stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(l.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- httpd.Serve(ctx, listener, door.Handler()) }()
	l.url = "http://" + listener.Addr().String()
	l.stop = func() { cancel(); require.NoError(l.t, <-ended) }
}

// errNobody says that there is no card.
var errNobody = errors.New("there is no card")

// send sends a request.
func (l *lane) send(method, path, body string, headers ...string) *http.Response {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.url+path, strings.NewReader(body))
	require.NoError(l.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { response.Body.Close() })
	return response
}

// ask sends a request and returns status, kind and content of the answer.
func (l *lane) ask(method, path, body string, headers ...string) (int, string, string) {
	l.t.Helper()
	response := l.send(method, path, body, headers...)
	content, err := io.ReadAll(response.Body)
	require.NoError(l.t, err)
	l.all.Write(content)
	return response.StatusCode, response.Header.Get("Content-Type"), string(content)
}

// event is one of a stream.
type event struct {
	id, kind string
	data     httpd.Event
}

// stream reads events until the stream ends.
func (l *lane) stream(path string, headers ...string) (events []event) {
	l.t.Helper()
	response := l.send("GET", path, "", headers...)
	require.Equal(l.t, http.StatusOK, response.StatusCode)
	var e event
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		l.all.WriteString(lines.Text())
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			require.NoError(l.t, json.Unmarshal([]byte(value), &e.data))
			events = append(events, e)
			e = event{}
		}
	}
	return events
}

const sale = `{"amount":"12.34"}`

// pay begins a payment with a card that is in.
func (l *lane) pay(key string) {
	l.t.Helper()
	l.Slot.Insert(desktest.NewChip())
	l.Enter(desktest.PIN)
	status, _, text := l.ask("POST", "/v1/payments", sale, "Idempotency-Key", key)
	require.Equal(l.t, http.StatusCreated, status, text)
}

func TestEvents(t *testing.T) {
	l := newLane(t, nil)
	l.pay("a")
	all := l.stream("/v1/payments/1/events")
	last := all[len(all)-1]
	assert.Equal(t, "done", last.kind)
	assert.Equal(t, "approved", last.data.Payment.Result)
	assert.Equal(t, all[4:], l.stream("/v1/payments/1/events", "Last-Event-ID", all[3].id))
	assert.Equal(t, http.StatusNoContent, l.send("GET", "/v1/payments/1/events", "", "Last-Event-ID", last.id).StatusCode)
}

// TestStreamOfARunningPayment is read while things happen, and ends with the server.
func TestStreamOfARunningPayment(t *testing.T) {
	l := newLane(t, nil)
	status, _, _ := l.ask("POST", "/v1/payments", sale, "Idempotency-Key", "a")
	require.Equal(t, http.StatusCreated, status)
	response := l.send("GET", "/v1/payments/1/events", "")
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() && lines.Text() != "event: waiting-for-card" {
		continue
	}
	done := make(chan bool)
	go func() {
		for lines.Scan() {
			continue
		}
		done <- lines.Err() == nil
	}()
	l.stop()
	l.stop = func() {}
	select {
	case clean := <-done:
		assert.True(t, clean)
	case <-time.After(10 * time.Second):
		t.Fatal("the stream does not end with the server")
	}
}

// TestTwoRegisters: of many that ask at once, one gets the terminal.
func TestTwoRegisters(t *testing.T) {
	l := newLane(t, nil)
	type answered struct {
		status int
		body   string
	}
	answers := make(chan answered)
	const registers = 8
	for n := range registers {
		go func() {
			r, _ := http.NewRequest("POST", l.url+"/v1/payments", strings.NewReader(sale))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", string(rune('a'+n)))
			response, err := http.DefaultClient.Do(r)
			if !assert.NoError(t, err) {
				answers <- answered{}
				return
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			answers <- answered{response.StatusCode, string(body)}
		}()
	}
	began := 0
	for range registers {
		switch a := <-answers; a.status {
		case http.StatusCreated:
			began++
		case http.StatusConflict:
			assert.Contains(t, a.body, `"code":"busy","title":"payment 1 runs"`)
			assert.Contains(t, a.body, `"payment":1`)
		default:
			assert.Fail(t, "neither begun nor busy", "%d %s", a.status, a.body)
		}
	}
	assert.Equal(t, 1, began)
}

// TestToken: nothing of the API is there without it, not even whether a payment is.
func TestToken(t *testing.T) {
	l := newLane(t, func(h *httpd.Config, _ *desk.Config) { h.Token = secret.New([]byte(token)) })
	for _, route := range []string{"GET /v1/terminal", "POST /v1/payments", "POST /v1/refunds", "GET /v1/payments/1", "GET /v1/payments/1/events", "POST /v1/payments/1/cancel", "GET /v1/receipts/last", "POST /v1/card/insert"} {
		method, path, _ := strings.Cut(route, " ")
		for _, shown := range []string{"", token, "Bearer ", "Bearer " + token[1:], "bearer " + token, "Bearer " + token + " "} {
			status, _, text := l.ask(method, path, "", "Authorization", shown)
			if shown == "Bearer "+token+" " {
				continue // the client sends no space at the end
			}
			assert.Equal(t, http.StatusUnauthorized, status, "%s with %q: %s", route, shown, text)
		}
	}
	status, _, _ := l.ask("GET", "/v1/terminal", "", "Authorization", "Bearer "+token)
	assert.Equal(t, http.StatusOK, status)
	for _, path := range []string{"/", "/page.js", "/page.css", "/icon.svg", "/openapi.yaml", "/healthz"} {
		status, _, _ := l.ask("GET", path, "")
		assert.Equal(t, http.StatusOK, status, path)
	}
}

// TestOtherSites: a page of another site neither takes payments nor reads anything.
func TestOtherSites(t *testing.T) {
	l := newLane(t, nil)
	status, _, text := l.ask("POST", "/v1/payments", sale, "Idempotency-Key", "a", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, status, text)
	status, _, text = l.ask("POST", "/v1/payments", sale, "Idempotency-Key", "a", "Origin", "http://evil.example")
	assert.Equal(t, http.StatusForbidden, status, text)
	status, _, text = l.ask("GET", "/v1/terminal", "", "Host", "evil.example:8484")
	assert.Equal(t, http.StatusMisdirectedRequest, status, text)
	response := l.send("GET", "/v1/terminal", "")
	assert.Empty(t, response.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, l.send("GET", "/", "").Header.Get("Content-Security-Policy"), "default-src 'none'")
}

// TestNothingSecretIsTold looks through all that a door has answered.
func TestNothingSecretIsTold(t *testing.T) {
	l := newLane(t, nil)
	l.pay("a")
	l.stream("/v1/payments/1/events")
	l.ask("GET", "/v1/payments/1", "")
	l.ask("GET", "/v1/receipts/last", "")
	l.ask("GET", "/v1/receipts/1", "", "Accept", "text/plain")
	for _, body := range []string{`{"amount":"12.34","pin":"9876"}`, `{"amount":"12.34","pan":"374245001741007"}`, `{"amount":"374245001741007"}`, `{"type":"374245001741007"}`, `{"amount":"1","currency":"374245001741007"}`} {
		status, _, text := l.ask("POST", "/v1/payments", body, "Idempotency-Key", "b")
		assert.GreaterOrEqual(t, status, 400, text)
	}
	told := l.all.String()
	require.Contains(t, told, "374245*****1007")
	for _, canary := range []string{desktest.PAN, desktest.PIN + `"`, "241234", "9876"} {
		assert.NotContains(t, told, canary)
	}
}
