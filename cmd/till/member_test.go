package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// A login at something that is no issuer fails, and keeps nothing.
func TestLoginAtSomethingElse(t *testing.T) {
	const whole = `"name":"Ben","token":"T","expires":"2126-01-01T00:00:00Z"`
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"page":             {http.StatusOK, "<html>"},
		"page not found":   {http.StatusNotFound, "<html>"},
		"redirection":      {http.StatusFound, ""},
		"other JSON":       {http.StatusOK, `{}`},
		"JSON of no form":  {http.StatusBadRequest, `{"error":{}}`},
		"no object":        {http.StatusOK, `[` + whole + `]`},
		"empty token":      {http.StatusOK, `{"name":"Ben","token":"","expires":"2126-01-01T00:00:00Z"}`},
		"no time":          {http.StatusOK, `{"name":"Ben","token":"T"}`},
		"name of controls": {http.StatusOK, `{"name":"\u001b[2J","token":"T","expires":"2126-01-01T00:00:00Z"}`},
		"text of controls": {http.StatusBadRequest, `{"error":{"code":"x","text":"\u001b[2J"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			dir := t.TempDir()
			password := filepath.Join(dir, "password")
			require.NoError(t, os.WriteFile(password, []byte("correct horse\n"), 0o600))
			session := filepath.Join(dir, "session")
			stdout, stderr, code := till("", "login", "--issuer", server.URL, "--name", "ben", "--password-file", password, "--session", session)
			assert.Equal(t, cli.ExitFailed, code)
			assert.Equal(t, "till: what answered is no issuer of till: check its address\n", stderr)
			assert.Empty(t, stdout)
			assert.NoFileExists(t, session)
		})
	}
}

// TestServeAddressInUse: an address that something listens at is no riddle.
func TestServeAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	folder := t.TempDir()
	data, key := filepath.Join(folder, "bank"), filepath.Join(folder, "key")
	_, stderr, code := till("", "issuer", "init", "--data", data, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)
	calls, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer calls.Close()
	for _, flags := range [][]string{
		{"--listen", taken.Addr().String()}, {"--listen", "127.0.0.1:0", "--http", taken.Addr().String()},
		{"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--sip", calls.LocalAddr().String()},
	} {
		_, stderr, code = till("", append([]string{"issuer", "serve", "--data", data, "--key", key}, flags...)...)
		assert.Equal(t, cli.ExitFailed, code)
		assert.Contains(t, stderr, "in use: stop what listens there, or name another address with --listen, --http or --sip")
	}
}
