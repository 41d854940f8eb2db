// Package doors is the other side of issuer/httpd: what commands ask a running
// issuer, by its members' door or through the operators' socket.
package doors

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/f510b0cf/till/issuer/httpd"
)

const (
	askTimeout = 30 * time.Second
	answerMax  = 1 << 20 // bytes
)

// ErrName says that a text can not name an issuer.
var ErrName = errors.New("--issuer: want a URL such as http://127.0.0.1:8580, or the data directory of an issuer")

// Resolve returns the URL of an issuer that is given by its URL, or by the data
// directory of one that runs on this machine. The error wraps ErrName where it is
// neither.
func Resolve(ctx context.Context, name string) (string, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		if !IsURL(name) {
			return "", ErrName
		}
		return strings.TrimSuffix(name, "/"), nil
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return "", ErrName
	}
	o, err := Operators(name).Overview(ctx)
	if err == nil && !IsURL(o.HTTP) {
		err = ErrAnswer
	}
	return o.HTTP, err
}

// IsURL reports whether a text can be the URL of a members' door. Nothing that is
// secret has a place in it.
func IsURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// Members is the members' door of an issuer.
type Members struct {
	URL   string
	Token string // empty before the login
}

// Problem is what an issuer answers instead of doing what it was asked for.
type Problem struct{ httpd.ErrorForm }

// Error returns what happened and what to do next.
func (p *Problem) Error() string {
	e := p.ErrorForm.Error
	if e.Next == "" {
		return e.Text
	}
	return e.Text + ": " + e.Next
}

// Ask sends a request, a second time where the connection broke, and reads the
// answer into result. body is JSON, or nil. The issuer carries the request out
// once: both attempts have the same key.
func (m Members) Ask(ctx context.Context, method, path string, body []byte, result any) error {
	key := rand.Text()
	response, err := m.send(ctx, method, path, key, body)
	if err != nil && !dialled(err) {
		response, err = m.send(ctx, method, path, key, body)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx) // called off
	case err != nil:
		return fmt.Errorf("no issuer answers at %s: start it with `till issuer serve`, or log in to another", m.URL)
	}
	return read(response, result)
}

// dialled reports whether there was no connection at all.
func dialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func (m Members) send(ctx context.Context, method, path, key string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, m.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if m.Token != "" {
		r.Header.Set("Authorization", "Bearer "+m.Token)
	}
	r.Header.Set("Idempotency-Key", key)
	client := http.Client{Timeout: askTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(r) // a PIN goes nowhere else
}

// ErrAnswer says that who answered is no issuer.
var ErrAnswer = errors.New("what answered is no issuer of till: check its address")

// read reads an answer, or the problem that it tells.
func read(response *http.Response, result any) error {
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return fmt.Errorf("read answer of issuer: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		if json.Unmarshal(content, result) != nil {
			return ErrAnswer
		}
		return nil
	}
	var p Problem
	if json.Unmarshal(content, &p.ErrorForm) != nil || p.ErrorForm.Error.Text == "" || !speakable(p.Error()) {
		return ErrAnswer
	}
	return &p
}

// speakable reports whether a text moves no cursor and changes no colour where it is
// printed.
func speakable(text string) bool { return !strings.ContainsFunc(text, unicode.IsControl) }
