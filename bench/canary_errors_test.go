package bench_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/message"
)

// told has the issuer, while it runs, tell all that it tells, and puts that into a
// directory: its numbers, lists, a backup, and what it says to requests that are wrong
// and hold secrets.
func (w *wire) told(dir string) {
	w.t.Helper()
	var lists bytes.Buffer
	for _, path := range []string{"/v1/status", "/v1/cards", "/v1/members", "/v1/journal", "/v1/cards/" + w.ref.String() + "/journal"} {
		lists.Write(w.operate("GET", path))
	}
	for name, content := range map[string][]byte{"metrics": w.operate("GET", "/metrics"), "lists": lists.Bytes(), "errors": w.provoke()} {
		require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	require.NoError(w.t, os.Rename(w.backUp(), filepath.Join(dir, "backup")))
}

// provoke sends what is wrong and holds secrets, and returns what is said to it.
func (w *wire) provoke() []byte {
	w.t.Helper()
	var said bytes.Buffer
	var pan string
	w.made.Image.Applications[0].PAN.Open(func(digits []byte) { pan = string(digits) })
	for _, body := range []string{
		`{"pin":"` + createdPIN + `"`, `{"pin":` + createdPIN + `}`, `{"pin":"` + createdPIN + `x"}`, `{"` + createdPIN + `":1}`, createdPIN,
		`{"pin":["` + changedPIN + `"]}`, `{"name":"` + pan + `","password":"` + storyPassword + `"}`, `{"pin":"` + pan + `"}`,
	} {
		for _, path := range []string{w.url + "/pin", w.addresses.HTTP + "/v1/login", w.addresses.HTTP + "/v1/cards/" + pan + "/pin", w.addresses.HTTP + "/" + pan + "?pin=" + createdPIN} {
			for _, method := range []string{"POST", "PUT", "GET"} {
				said.Write(w.answerTo(http.DefaultClient, method, path, body))
			}
		}
	}
	operators := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", issuerhost.Socket(w.data))
	}}}
	for _, path := range []string{"/v1/cards/" + pan + "/block", "/v1/cards?last_four=" + pan, "/v1/journal?after=" + pan, "/v1/journal/prune?before=" + pan, "/v1/" + url.PathEscape(storyPassword)} {
		for _, method := range []string{"POST", "GET"} {
			said.Write(w.answerTo(operators, method, "http://operator"+path, ""))
		}
	}
	request := w.first.line.last(message.KindAuthorizationRequest)
	for n := 4; n < len(request); n += 7 { // what is left of a request that was cut or changed
		said.Write(w.sayTo(request[:n]))
		changed := bytes.Clone(request)
		changed[n] ^= 0x55
		said.Write(w.sayTo(changed))
	}
	assert.Greater(w.t, strings.Count(said.String(), `"error"`), 50)
	return said.Bytes()
}

// answerTo sends a request and returns the body of what comes, header lines before it.
func (w *wire) answerTo(c *http.Client, method, address, body string) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token)
	response, err := c.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	var said bytes.Buffer
	require.NoError(w.t, response.Header.Write(&said))
	_, err = io.Copy(&said, response.Body)
	require.NoError(w.t, err)
	return said.Bytes()
}

// sayTo sends bytes as a message, and returns what the answer is in words, if there is one:
// answers themselves hold account numbers.
func (w *wire) sayTo(packed []byte) []byte {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.addresses.Host)
	require.NoError(w.t, err)
	defer conn.Close()
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(waitMax)))
	require.NoError(w.t, message.ISO93().Framing().WriteMessage(conn, packed))
	answer, err := message.ISO93().Framing().ReadMessage(conn)
	if err != nil {
		return []byte(err.Error() + "\n")
	}
	m, err := message.ISO93().Unpack(answer)
	if err != nil {
		return []byte(err.Error() + "\n")
	}
	return []byte(m.Kind().String() + "\n")
}
