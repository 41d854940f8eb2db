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

// hostCase is a request for a host that came to an address.
type hostCase struct {
	local, host string
	ours        bool
}

var hostCases = []hostCase{
	{"127.0.0.1:8580", "127.0.0.1:8580", true},
	{"127.0.0.1:8580", "localhost:8580", true},
	{"127.0.0.1:8580", "LocalHost.:8580", true},
	{"127.0.0.1:8580", "[::1]:8580", true},
	{"[::1]:8580", "127.0.0.1:8580", true},
	{"[::1]:8580", "[::]:8580", true}, // what an issuer tells that listens on every address
	{"127.0.0.1:80", "localhost", true},
	{"[::1]:80", "[::1]", true},
	{"127.0.0.1:8580", "localhost", false},
	{"127.0.0.1:8580", "127.0.0.1:80", false},
	{"127.0.0.1:8580", "evil.example:8580", false},
	{"127.0.0.1:8580", "localhost.evil.example:8580", false},
	{"127.0.0.1:8580", "192.0.2.7:8580", false},
	{"127.0.0.1:8580", "", false},
	{"127.0.0.1:8580", ":8580", false},
	{"127.0.0.1:8580", "[::1:8580", false},
	{"192.0.2.7:8580", "192.0.2.7:8580", true},
	{"[2001:db8::7]:8580", "[2001:db8:0::7]:8580", true},
	{"192.0.2.7:8580", "192.0.2.8:8580", false},
	{"192.0.2.7:8580", "localhost:8580", false},
	{"192.0.2.7:8580", "127.0.0.1:8580", false},
	{"192.0.2.7:8580", "0.0.0.0:8580", false},
	{"192.0.2.7:8580", "bank.example", true}, // given, with whatever port a proxy has
	{"192.0.2.7:8580", "BANK.example.:443", true},
	{"192.0.2.7:8580", "[2001:db8::9]:1", true},
	{"192.0.2.7:8580", "www.bank.example", false},
}

// A page whose name resolves to the issuer's address gets nothing from it.
func TestHostNames(t *testing.T) {
	b := newBank(t, func(c *httpd.Config) { c.HostNames = []string{"Bank.Example.", "2001:db8::9"} })
	for _, c := range hostCases {
		local, err := net.ResolveTCPAddr("tcp", c.local)
		require.NoError(t, err)
		r := httptest.NewRequest("GET", "/healthz", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
		r.Host = c.host
		w := httptest.NewRecorder()
		b.members.Config.Handler.ServeHTTP(w, r)
		if c.ours {
			assert.Equal(t, http.StatusOK, w.Code, "%+v", c)
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
