package issuer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/notice"
)

// TestHTTPS: members come by HTTPS, who trusts the certificate in the data directory needs
// no exception, cookies do not leave TLS, and notices tell of what was asked for.
func TestHTTPS(t *testing.T) {
	p := found(t, "amex")
	var log bytes.Buffer
	config, notices := p.config(&log), filepath.Join(t.TempDir(), "notices")
	config.HTTPS, config.HTTP, config.Notices = true, "0.0.0.0:0", notice.Folder(notices)
	i, err := issuer.New(config)
	require.NoError(t, err, "any address, since nothing travels in clear")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	at, err := url.Parse(i.Addresses().HTTP)
	require.NoError(t, err)
	assert.Equal(t, "https", at.Scheme)
	public, err := os.ReadFile(issuer.Certificate(p.data))
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(public))
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	login := "https://localhost:" + at.Port() + "/v1/login"
	response, err := client.Post(login, "application/json", strings.NewReader(`{"name":"anna","password":"`+password+`","cookie":true}`))
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	require.Len(t, response.Cookies(), 1)
	cookie := response.Cookies()[0]
	assert.True(t, cookie.Secure)
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)

	r, err := http.NewRequestWithContext(t.Context(), "POST", "https://127.0.0.1:"+at.Port()+"/v1/cards/"+p.ref.String()+"/activate", nil)
	require.NoError(t, err)
	r.AddCookie(cookie)
	response, err = client.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(notices, "*.eml"))
		return len(files) == 1
	}, 10*time.Second, 5*time.Millisecond)
	client.CloseIdleConnections()
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, i.Close())
	assert.FileExists(t, filepath.Join(p.data, "notices.at"))
}
