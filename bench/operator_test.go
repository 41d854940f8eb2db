package bench_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
)

// operate asks the operators' door of the issuer.
func (w *wire) operate(method, path string) []byte {
	w.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", issuerhost.Socket(w.data))
	}}}
	r, err := http.NewRequestWithContext(w.t.Context(), method, "http://operator"+path, nil)
	require.NoError(w.t, err)
	response, err := client.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, response.StatusCode, "%s", text)
	return text
}

// act does something to the card, for an operator.
func (w *wire) act(verb string) {
	w.t.Helper()
	w.operate("POST", "/v1/cards/"+w.ref.String()+"/"+verb)
}

// phase is that of the PIN's life, in the words of the operators' door.
func (w *wire) phase() string {
	w.t.Helper()
	var cards []httpd.IssuedCard
	require.NoError(w.t, json.Unmarshal(w.operate("GET", "/v1/cards"), &cards))
	require.Len(w.t, cards, 1)
	return cards[0].PIN
}

// audits are the alarms that an operator sees, oldest first.
func (w *wire) audits() (all []string) {
	w.t.Helper()
	var entries []httpd.Entry
	require.NoError(w.t, json.Unmarshal(w.operate("GET", "/v1/cards/"+w.ref.String()+"/journal"), &entries))
	for _, e := range slices.Backward(entries) {
		if e.Kind == "audit" {
			all = append(all, e.Detail)
		}
	}
	return all
}

// stands checks the phase at the issuer and the PIN on the chip.
func (w *wire) stands(phase, right string, wrong ...string) {
	w.t.Helper()
	assert.Equal(w.t, phase, w.phase(), "phase at the issuer")
	w.has(right, wrong...)
}

// refused checks that the members' door refuses something.
func (w *wire) refused(code, method, path, body string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	var form httpd.ErrorForm
	require.NoError(w.t, json.NewDecoder(response.Body).Decode(&form))
	assert.Equal(w.t, code, form.Error.Code)
}

// backUp makes a backup of the issuer while it runs.
func (w *wire) backUp() (path string) {
	w.t.Helper()
	path = filepath.Join(w.dir, "backup")
	_, err := issuerhost.SaveBackup(path, func(to io.Writer) error {
		_, err := to.Write(w.operate("GET", "/v1/backup"))
		return err
	})
	require.NoError(w.t, err)
	return path
}

// restore ends the issuer and serves what a backup brings back in its place.
func (w *wire) restore(from string) {
	w.t.Helper()
	w.halt()
	data := w.data + "-again"
	_, err := issuerhost.Restore(w.t.Context(), issuerhost.Restoration{Data: data, KEK: hsm.KEK{File: w.kek}, From: from})
	require.NoError(w.t, err)
	w.data = data
	w.start()
	w.logIn()
}
