package httpd_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/desk/desktest"
	"github.com/f510b0cf/till/terminal/httpd"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
	"github.com/f510b0cf/till/testdata/openapi"
)

// tour asks the API, and holds each answer against the document.
type tour struct {
	*lane
	document *openapi.Document
}

// ask sends a request with the token; path is as the document has it.
func (u tour) ask(want int, method, path, id, body string, headers ...string) string {
	u.t.Helper()
	headers = append([]string{"Authorization", "Bearer " + token}, headers...)
	status, kind, text := u.lane.ask(method, strings.Replace(path, "{id}", id, 1), body, headers...)
	require.Equal(u.t, want, status, "%s %s: %s", method, path, text)
	u.document.Check(method, path, status, kind, text)
	return text
}

const (
	paymentPath = "/v1/payments/{id}"
	eventsPath  = paymentPath + "/events"
	cancelPath  = paymentPath + "/cancel"
	receiptPath = "/v1/receipts/{id}"
)

// TestDocumentIsTheAPI asks for every route and every status that the document has, and
// holds what comes against it; and the document has every route that there is.
func TestDocumentIsTheAPI(t *testing.T) {
	u := tour{newLane(t, func(h *httpd.Config, _ *desk.Config) { h.Token, h.Hand = secret.New([]byte(token)), hand{} }), openapi.Read(t, httpd.Document)}
	u.ask(200, "GET", "/healthz", "", "")
	u.ask(404, "GET", receiptPath, "last", "")
	u.refused()
	u.waiting()
	u.paid()
	u.hands()
	u.streams()
	require.NoError(t, u.Desk.Close())
	for _, path := range []string{"/v1/payments", "/v1/refunds"} {
		u.ask(503, "POST", path, "", `{"amount":"1.00"}`, "Idempotency-Key", "late"+path)
	}
	assert.Equal(t, u.document.Operations(), u.document.Seen(), "what is described was seen")
	u.document.Routes("door.go", nil)
}

// refused asks without the token, for what is not there, and wrongly.
func (u tour) refused() {
	for _, route := range []string{"POST /v1/payments", "POST /v1/refunds", "GET " + paymentPath, "GET " + eventsPath, "POST " + cancelPath, "GET " + receiptPath, "GET /v1/terminal", "POST /v1/card/insert", "POST /v1/card/pull"} {
		method, path, _ := strings.Cut(route, " ")
		u.ask(401, method, path, "1", "", "Authorization", "Bearer none")
	}
	for _, route := range []string{"GET " + paymentPath, "GET " + eventsPath, "POST " + cancelPath} {
		method, path, _ := strings.Cut(route, " ")
		u.ask(404, method, path, "99", "")
		u.ask(404, method, path, "x", "")
	}
	u.ask(404, "GET", receiptPath, "99", "")
	for _, path := range []string{"/v1/payments", "/v1/refunds"} {
		u.ask(415, "POST", path, "", "", "Idempotency-Key", "a")
		u.ask(413, "POST", path, "", strings.Repeat(" ", 5000), "Idempotency-Key", "a")
		for _, body := range []string{"{", "[]", `{"amount":1}`, `{"amount":"1.00"} {}`, `{"amount":"1.00","pin":"1234"}`} {
			u.ask(400, "POST", path, "", body, "Idempotency-Key", "a")
		}
		for _, key := range []string{"", "two words", strings.Repeat("k", 65), "ä"} {
			assert.Contains(u.t, u.ask(400, "POST", path, "", `{"amount":"1.00"}`, "Idempotency-Key", key), "key-needed")
		}
		for _, body := range []string{`{}`, `{"amount":"0.00"}`, `{"amount":"-1.00"}`, `{"amount":"1.000"}`, `{"amount":"1e3"}`, `{"amount":"99999999999.00"}`, `{"amount":"1.00","currency":"978"}`} {
			u.ask(422, "POST", path, "", body, "Idempotency-Key", "a")
		}
	}
	for _, body := range []string{`{"type":"refund","amount":"1.00"}`, `{"type":"balance","amount":"1.00"}`, `{"type":"balance"}`, `{"type":"cash","amount":"1.00","cashback":"1.00"}`, `{"amount":"1.00","cashback":"1.00","force_online":true}`, `{"amount":"1.00","cashback":"x"}`} {
		u.ask(422, "POST", "/v1/payments", "", body, "Idempotency-Key", "a")
	}
}

// waiting begins payments that no card comes for.
func (u tour) waiting() {
	u.ask(201, "POST", "/v1/refunds", "", `{"amount":"5.00","currency":"USD"}`, "Idempotency-Key", "refund")
	u.ask(200, "POST", "/v1/refunds", "", `{"amount":"5.00"}`, "Idempotency-Key", "refund")
	assert.Contains(u.t, u.ask(422, "POST", "/v1/payments", "", sale, "Idempotency-Key", "refund"), "key-reused")
	for _, path := range []string{"/v1/payments", "/v1/refunds"} {
		u.ask(409, "POST", path, "", sale, "Idempotency-Key", "b")
	}
	assert.Contains(u.t, u.ask(200, "GET", "/v1/terminal", "", ""), `"state":"waiting","payment":1`)
	assert.Contains(u.t, u.ask(200, "POST", cancelPath, "1", ""), `"result":"cancelled"`)
	u.Ended(1)
	assert.Contains(u.t, u.ask(201, "POST", "/v1/payments", "", `{"type":"purchase","amount":"5.00","cashback":"20.00","currency":"840"}`, "Idempotency-Key", "cashback"), `"cashback":"20.00"`)
	u.ask(200, "POST", cancelPath, "2", "")
	u.Ended(2)
}

// paid begins one that is approved.
func (u tour) paid() {
	u.Slot.Insert(desktest.NewChip())
	u.Enter("4711", desktest.PIN)
	u.ask(201, "POST", "/v1/payments", "", sale, "Idempotency-Key", "sale")
	u.Ended(3)
	u.ask(200, "POST", "/v1/payments", "", sale, "Idempotency-Key", "sale")
	assert.Contains(u.t, u.ask(200, "GET", paymentPath, "3", ""), `"result":"approved"`)
	stream := u.ask(200, "GET", eventsPath, "3", "")
	for line := range strings.Lines(stream) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			u.document.Schema("Event", data)
		}
	}
	assert.Contains(u.t, stream, `"pin":{"verifier":"card","tries_left":2}`)
	u.ask(400, "GET", eventsPath, "3", "", "Last-Event-ID", "x")
	u.ask(204, "GET", eventsPath, "3", "", "Last-Event-ID", "999")
	u.ask(409, "POST", cancelPath, "3", "")
	assert.Contains(u.t, u.ask(200, "GET", receiptPath, "last", "", "Accept", "application/json, text/plain"), `"printed":["merchant `)
	for _, accept := range []string{"text/plain", "text/plain;q=0.9, application/json;q=0.1", "image/png, text/*"} {
		assert.Contains(u.t, u.ask(200, "GET", receiptPath, "last", "", "Accept", accept), "\noutcome        APPROVED ONLINE\n")
	}
	require.NoError(u.t, u.Journal.AppendReceipt([]byte(`{"outcome":"approved","approved":true,"amount":"1.00","currency":"840","time":"2026-11-23T12:00:00Z","merchant":"","terminal_id":"","next":[]}`)))
	u.ask(200, "GET", receiptPath, "last", "")
	u.ask(406, "GET", receiptPath, "last", "", "Accept", "text/plain")
}

// hands moves the card by request, and without a hand.
func (u tour) hands() {
	u.ask(200, "POST", "/v1/card/insert", "", "")
	u.ask(200, "POST", "/v1/card/pull", "", "")
	for _, h := range []httpd.Hand{nil, nobody{}} {
		other := tour{newLane(u.t, func(c *httpd.Config, _ *desk.Config) { c.Token = secret.New([]byte(token)) }), u.document}
		door, err := httpd.New(httpd.Config{Desk: other.Desk, Journal: other.Journal, Profile: other.Profile, Hand: h})
		require.NoError(u.t, err)
		want := http.StatusNotFound
		if h != nil {
			want = http.StatusConflict
		}
		other.serve(door)
		other.ask(want, "POST", "/v1/card/insert", "", "")
		other.ask(want, "POST", "/v1/card/pull", "", "")
	}
}

// nobody has no card.
type nobody struct{}

func (nobody) Insert() error { return errNobody }
func (nobody) Pull() error   { return errNobody }

// streams opens as many streams as there may be, and one more.
func (u tour) streams() {
	u.ask(201, "POST", "/v1/payments", "", sale, "Idempotency-Key", "streams")
	var last *http.Response
	for range 33 {
		last = u.send("GET", "/v1/payments/4/events", "", "Authorization", "Bearer "+token)
	}
	require.Equal(u.t, http.StatusTooManyRequests, last.StatusCode)
	u.ask(429, "GET", eventsPath, "4", "")
	u.ask(200, "POST", cancelPath, "4", "")
	u.Ended(4)
}

// TestOwed tells what the issuer has not acknowledged.
func TestOwed(t *testing.T) {
	u := tour{newLane(t, nil), openapi.Read(t, httpd.Document)}
	require.NoError(t, u.Journal.Update(func(tx *journal.Tx) error {
		for n, i := range []queue.Item{{Kind: queue.Reversal, Phase: queue.Due}, {Kind: queue.Advice, Phase: queue.Due}, {Kind: queue.Advice, Phase: queue.Due}, {Kind: queue.Reversal, Phase: queue.Open}} {
			if err := tx.Put(uint64(n+1), []byte{1, byte(i.Kind), byte(i.Phase), 0, 0, 0}); err != nil { // the head of an item
				return err
			}
		}
		return nil
	}))
	assert.Contains(t, u.ask(200, "GET", "/v1/terminal", "", ""), `"owed_reversals":1,"owed_advices":2`)
}
