package story

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/httpd"
)

// answerMax bounds an answer of the members' door, in bytes.
const answerMax = 1 << 16

// door is the members' door of the issuer, as an app sees it.
type door struct {
	url    string
	client http.Client
}

// clientOf returns what asks an issuer: under HTTPS it trusts the certificate that the
// issuer has made.
func clientOf(c issuer.Config) (http.Client, error) {
	transport := new(http.Transport)
	if c.HTTPS {
		public, err := os.ReadFile(issuer.Certificate(c.Data))
		if err != nil {
			return http.Client{}, fmt.Errorf("read certificate: %w", err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(public)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return http.Client{Transport: transport}, nil
}

// refusal is what the issuer says where it does not do what it was asked for.
type refusal struct {
	status int
	form   httpd.ErrorForm
}

// Error returns the refusal's code and text.
func (r *refusal) Error() string {
	return fmt.Sprintf("issuer refuses: %s: %s", r.form.Error.Code, r.form.Error.Text)
}

// ask sends a request and reads the answer into result. The error is a refusal where
// the issuer answers with one.
func (d *door) ask(ctx context.Context, token secret.Value, method, path string, body []byte, result any) error {
	r, err := http.NewRequestWithContext(ctx, method, d.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	token.Open(func(clear []byte) {
		if len(clear) > 0 {
			r.Header.Set("Authorization", "Bearer "+string(clear))
		}
	})
	response, err := d.client.Do(r)
	if err != nil {
		return fmt.Errorf("ask issuer: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return fmt.Errorf("read answer of issuer: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return json.Unmarshal(content, result)
	}
	refused := refusal{status: response.StatusCode}
	if err := json.Unmarshal(content, &refused.form); err != nil {
		return fmt.Errorf("read answer of issuer: %w", err)
	}
	return &refused
}

// login gets a token for a member.
func (d *door) login(ctx context.Context, name string, password secret.Value) (token secret.Value, err error) {
	var body bytes.Buffer
	password.Open(func(clear []byte) { fmt.Fprintf(&body, `{"name":%q,"password":%q}`, name, clear) })
	defer secret.Wipe(body.Bytes())
	var answer struct {
		Token string `json:"token"`
	}
	err = d.ask(ctx, secret.Value{}, http.MethodPost, "/v1/login", body.Bytes(), &answer)
	return secret.New([]byte(answer.Token)), err
}

// close hangs up, so that the issuer can end.
func (d *door) close() { d.client.CloseIdleConnections() }

// shown is a request as it is told: method, last word of the path, HTTP status.
func shown(method, path string, status int) string {
	return fmt.Sprintf("HTTP %s .../%s %d", method, path[strings.LastIndex(path, "/")+1:], status)
}
