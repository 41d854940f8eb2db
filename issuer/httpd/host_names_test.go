package httpd_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/httpd"
)

// A page whose name resolves to the issuer's address gets nothing from it.
func TestHostNames(t *testing.T) {
	b := newBank(t, func(c *httpd.Config) { c.HostNames = []string{"Bank.Example.", "2001:db8::9"} })
	local, err := net.ResolveTCPAddr("tcp", "127.0.0.1:8580")
	require.NoError(t, err)
	for host, ours := range map[string]bool{"127.0.0.1:8580": true, "BANK.example.:443": true, "evil.example:8580": false, "": false} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
		r.Host = host
		w := httptest.NewRecorder()
		b.members.Config.Handler.ServeHTTP(w, r)
		if ours {
			assert.Equal(t, http.StatusOK, w.Code, host)
			continue
		}
		b.requireError("wrong-host", w.Code, w.Body.String(), http.StatusMisdirectedRequest)
		assert.NotContains(t, w.Body.String(), "evil")
	}
	r := httptest.NewRequest("GET", "http://127.0.0.1/healthz", nil)
	w := httptest.NewRecorder()
	b.members.Config.Handler.ServeHTTP(w, r)
	b.requireError("wrong-host", w.Code, w.Body.String(), http.StatusMisdirectedRequest)
}

// A connection to the door has the address that it is checked against.
func TestHostOfAConnection(t *testing.T) {
	b := newBank(t)
	for host, want := range map[string]int{"": http.StatusOK, "evil.example": http.StatusMisdirectedRequest} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", b.members.URL+"/healthz", nil)
		require.NoError(t, err)
		r.Host = host // empty is that of the URL
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, want, response.StatusCode)
	}
}

func TestHostNamesThatAreNone(t *testing.T) {
	var config httpd.Config
	newBank(t, func(c *httpd.Config) { config = *c })
	config.Channel = new(channel.Service)
	for _, name := range []string{"", ".", "http://bank.example", "bank.example:443", "*.example", "a b", "[::1]", "me@bank"} {
		config.HostNames = []string{name}
		_, err := httpd.New(config)
		assert.ErrorContains(t, err, "want a name such as bank.example", name)
	}
}
