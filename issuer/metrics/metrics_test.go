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

// disk is a store on a disk as metrics see it.
type disk struct{ failed bool }

func (d *disk) Failed() bool        { return d.failed }
func (*disk) Waiting() int          { return 3 }
func (*disk) Space() (int64, int64) { return 4096, 1024 }

// answers takes a while and fails at will. Meanwhile somebody looks.
type answers struct {
	clock *clock.Virtual
	err   error
	look  func()
}

func (a *answers) Answer(context.Context, message.Message) ([]byte, error) {
	a.look()
	a.clock.Advance(20 * time.Millisecond)
	return nil, a.err
}

func TestMessagesAndDoorsAreCounted(t *testing.T) {
	m, c := metrics.New(), clock.NewVirtual(time.Time{})
	next := &answers{clock: c, look: func() { assert.Contains(t, page(t, m), "till_issuer_messages_working 1\n") }}
	a := m.Authorizer(next, c)
	for _, err := range []error{nil, nil, io.EOF} {
		next.err = err
		_, got := a.Answer(context.Background(), &message.AuthorizationRequest{})
		require.Equal(t, err, got)
	}
	d := &disk{failed: true}
	m.Writer(d)
	m.File(d)
	m.Committed(store.Commit{Updates: 5, Took: 20 * time.Millisecond})
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
	assert.Contains(t, text, `till_issuer_store_waiting_updates 3`+"\n")
	assert.Contains(t, text, `till_issuer_store_bytes 4096`+"\n")
	assert.Contains(t, text, `till_issuer_store_free_bytes 1024`+"\n")
	assert.Contains(t, text, `till_issuer_store_shared_updates_bucket{le="4"} 0`+"\n")
	assert.Contains(t, text, `till_issuer_store_shared_updates_bucket{le="8"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_store_write_seconds_bucket{le="0.01"} 0`+"\n")
	assert.Contains(t, text, `till_issuer_store_write_seconds_bucket{le="0.025"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_messages_working 0`+"\n")
	assert.Contains(t, text, `till_issuer_journal_sealed_timestamp_seconds 5`+"\n")
	require.NoError(t, conn.Close())
	_ = conn.Close()
	d.failed = false
	assert.Contains(t, page(t, m), `till_issuer_store_failed 0`+"\n")
	assert.Contains(t, page(t, m), `till_issuer_connections{door="terminals"} 0`+"\n")
}
