package metrics_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/metrics"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/issuer/store/storetest"
)

// page returns all numbers.
func page(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

// TestStore: a store that is counted is a store like the other.
func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{New: func(testing.TB) store.Store {
		return metrics.New().Store(mem.New(), clock.NewVirtual(time.Time{}))
	}})
}

func TestJournalIsCounted(t *testing.T) {
	m, ctx := metrics.New(), context.Background()
	c := clock.NewVirtual(time.Time{})
	s := m.Store(mem.New(), c)
	i := issuertest.NewIssuer(t, s)
	card := i.NewCard(t)
	m.Cards(s, c)
	appended := func(tx store.Tx) error { tx.Append(store.Entry{Kind: "approved"}); return nil }
	require.NoError(t, s.Update(ctx, card.Ref, appended))
	require.Error(t, s.Update(ctx, card.Ref, func(tx store.Tx) error { return errors.Join(appended(tx), io.EOF) }))
	require.NoError(t, s.Members().Update(ctx, 1, func(_ *member.Member, appendEntry func(store.Entry)) error {
		appendEntry(store.Entry{Kind: "login"})
		return nil
	}))
	text := page(t, m)
	assert.Contains(t, text, `till_issuer_journal_entries_total{kind="approved"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_journal_entries_total{kind="login"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_store_commit_seconds_count{result="refused"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_store_commit_seconds_count{result="ok"} 2`+"\n")
	assert.Contains(t, text, `till_issuer_cards{pin="unset",status="active"} 1`+"\n")
	i.NewCard(t)
	assert.Contains(t, page(t, m), `till_issuer_cards{pin="unset",status="active"} 1`+"\n", "not counted again so soon")
	c.Advance(30 * time.Second)
	assert.Contains(t, page(t, m), `till_issuer_cards{pin="unset",status="active"} 2`+"\n")
	require.NoError(t, s.Close())
	c.Advance(time.Minute)
	text = page(t, m)
	assert.NotContains(t, text, "till_issuer_cards{", "the cards can not be counted")
	assert.Contains(t, text, "till_issuer_journal_entries_total{")
}

// answers takes a while and fails at will.
type answers struct {
	clock *clock.Virtual
	err   error
}

func (a *answers) Answer(context.Context, message.Message) ([]byte, error) {
	a.clock.Advance(20 * time.Millisecond)
	return nil, a.err
}

func TestMessagesAndDoorsAreCounted(t *testing.T) {
	m, c := metrics.New(), clock.NewVirtual(time.Time{})
	next := &answers{clock: c}
	a := m.Authorizer(next, c)
	for _, err := range []error{nil, nil, io.EOF} {
		next.err = err
		_, got := a.Answer(context.Background(), &message.AuthorizationRequest{})
		require.Equal(t, err, got)
	}
	failed := true
	m.StoreFailed(func() bool { return failed })
	m.Request("GET /healthz", 200)
	m.Sealed(time.Unix(5, 0))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l = m.Listener("terminals", l)
	defer l.Close()
	other, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer other.Close()
	conn, err := l.Accept()
	require.NoError(t, err)
	kind := message.KindAuthorizationRequest.String()
	m.Began("sip")
	m.Ended("sip", ivr.Finished)
	text := page(t, m)
	assert.Contains(t, text, `till_issuer_calls_begun_total{by="sip"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_calls_ended_total{by="sip",why="finished"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_messages_total{kind="`+kind+`",result="failed"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_messages_total{kind="`+kind+`",result="ok"} 2`+"\n")
	assert.Contains(t, text, `till_issuer_message_seconds_bucket{kind="`+kind+`",le="0.01"} 0`+"\n")
	assert.Contains(t, text, `till_issuer_message_seconds_bucket{kind="`+kind+`",le="0.025"} 3`+"\n")
	assert.Contains(t, text, `till_issuer_http_requests_total{route="GET /healthz",status="200"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_connections{door="terminals"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_store_failed 1`+"\n")
	assert.Contains(t, text, `till_issuer_journal_sealed_timestamp_seconds 5`+"\n")
	require.NoError(t, conn.Close())
	_ = conn.Close()
	failed = false
	assert.Contains(t, page(t, m), `till_issuer_store_failed 0`+"\n")
	assert.Contains(t, page(t, m), `till_issuer_connections{door="terminals"} 0`+"\n")
}
