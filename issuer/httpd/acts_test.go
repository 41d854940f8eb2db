package httpd_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/httpd"
)

// TestMembersActsAreJournalled: attempts, logins and the logout of a member, and
// nothing of nobody.
func TestMembersActsAreJournalled(t *testing.T) {
	b := newBank(t)
	for _, name := range []string{"anna", "nobody"} {
		status, _ := b.ask("POST", b.members.URL+"/v1/login", `{"name":"`+name+`","password":"wrong horse"}`)
		require.Equal(t, http.StatusUnauthorized, status)
	}
	token := b.login()
	for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		status, text := b.ask("POST", b.members.URL+"/v1/logout", "", token...)
		require.Equal(t, want, status, text)
	}
	var kinds []string
	for e, err := range b.store.Journal(t.Context(), 0) {
		require.NoError(t, err)
		assert.EqualValues(t, 1, e.Member)
		assert.Equal(t, "member 1", e.Actor)
		assert.Equal(t, b.clock.Now(), e.At)
		kinds = append(kinds, e.Kind)
	}
	assert.Equal(t, []string{"login attempt", "login attempt", "login", "logout"}, kinds)
	_, text := b.ask("GET", b.operators.URL+"/v1/journal?after=3", "")
	assert.JSONEq(t, `[{"number":4,"member":1,"at":"2026-11-23T12:00:00Z","kind":"logout","actor":"member 1"}]`, text)
}

// TestPruneRoute hands on the moment before which lines go.
func TestPruneRoute(t *testing.T) {
	b := newBank(t)
	status, text := b.ask("POST", b.operators.URL+"/v1/journal/prune?before=2026-01-31T00:00:00Z", "")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"entries":7}`, text)
	assert.Equal(t, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), b.pruned)
	status, text = b.ask("POST", b.operators.URL+"/v1/journal/prune", "")
	b.requireError("bad-request", status, text, http.StatusBadRequest)
	status, _ = b.ask("POST", b.members.URL+"/v1/journal/prune?before=2026-01-31T00:00:00Z", "")
	assert.Equal(t, http.StatusNotFound, status, "members have no such door")
}

// TestHealth: a store that has failed is no health.
func TestHealth(t *testing.T) {
	failed, routes := false, map[string]int{}
	b := newBank(t, func(c *httpd.Config) {
		c.StoreFailed = func() bool { return failed }
		c.Count = func(route string, status int) { routes[route] = status }
	})
	status, text := b.ask("GET", b.members.URL+"/healthz", "")
	assert.Equal(t, http.StatusOK, status, text)
	failed = true
	status, text = b.ask("GET", b.operators.URL+"/healthz", "")
	b.requireError("store-failed", status, text, http.StatusServiceUnavailable)
	assert.Equal(t, map[string]int{"GET /healthz": 503}, routes)
}

// TestNumbers has two routes and no other.
func TestNumbers(t *testing.T) {
	b := newBank(t)
	door := b.doors.Numbers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("numbers")) }))
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/v1/status": 404, "/v1/cards": 404, "/v1/backup": 404} {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		assert.Equal(t, want, w.Code, path)
	}
}
