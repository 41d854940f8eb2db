package httpd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/store"
)

func decode(t *testing.T, text string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), into), text)
}

// follow opens a stream of notices.
func (b *bank) follow(url string, headers []string) *bufio.Scanner {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", url+"/v1/events", nil)
	require.NoError(b.t, err)
	r.Header.Set(headers[0], headers[1])
	response, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { response.Body.Close() })
	require.Equal(b.t, "text/event-stream", response.Header.Get("Content-Type"))
	return bufio.NewScanner(response.Body)
}

// next returns the data of the next event, empty where the stream is over.
func next(s *bufio.Scanner) string {
	for s.Scan() {
		if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// TestEvents: a stream tells what is committed to the member's own card, by whomever,
// and nothing of others' cards; it ends with the login.
func TestEvents(t *testing.T) {
	b := newBank(t)
	ben := b.addCard("Ben", passwordOfBen, panOfBen)
	token := b.login()
	events := b.follow(b.members.URL, token)
	var st httpd.Status
	decode(t, next(events), &st)
	assert.Equal(t, "not activated", st.Card.Status)
	b.change(ben, func(r *store.Record) { r.Status = store.Blocked })
	b.change(b.card, func(r *store.Record) { r.Status = store.Active })
	decode(t, next(events), &st)
	assert.Equal(t, "1007", st.Card.LastFour)
	assert.Equal(t, "active", st.Card.Status)
	b.ask("POST", b.members.URL+"/v1/logout", "", token...)
	b.change(b.card, func(r *store.Record) { r.Status = store.Blocked })
	assert.Empty(t, next(events), "the login has ended")
}

// TestEventsEndWithTheServer: a stream does not hold up a server that is to stop.
func TestEventsEndWithTheServer(t *testing.T) {
	b := newBank(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- httpd.Serve(ctx, l, b.members.Config.Handler) }()
	events := b.follow("http://"+l.Addr().String(), b.login())
	require.NotEmpty(t, next(events))
	stop()
	select {
	case err := <-ended:
		assert.NoError(t, err)
	case <-time.After(4 * time.Second):
		t.Fatal("the server waits for the stream")
	}
	assert.Empty(t, next(events))
}
