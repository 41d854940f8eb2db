package hostname_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/hostname"
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

func TestMeant(t *testing.T) {
	names, err := hostname.Check([]string{"Bank.Example.", "2001:db8::9"})
	require.NoError(t, err)
	for _, c := range hostCases {
		local, err := net.ResolveTCPAddr("tcp", c.local)
		require.NoError(t, err)
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
		r.Host = c.host
		assert.Equal(t, c.ours, hostname.Meant(r, names), "%+v", c)
	}
	assert.False(t, hostname.Meant(httptest.NewRequest("GET", "http://127.0.0.1/", nil), nil), "of no connection nothing is known")
}
