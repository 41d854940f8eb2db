// Package metrics counts what an issuer does, for Prometheus. Labels are words that
// the program itself has: no account number, reference, member or terminal is one.
package metrics

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/store"
)

// Metrics are the numbers of one issuer, in a registry of their own.
type Metrics struct {
	registry    *prometheus.Registry
	messages    *prometheus.CounterVec
	took        *prometheus.HistogramVec
	requests    *prometheus.CounterVec
	entries     *prometheus.CounterVec
	commits     *prometheus.HistogramVec
	connections *prometheus.GaugeVec
	begun       *prometheus.CounterVec // calls
	ended       *prometheus.CounterVec // calls
	sealed      prometheus.Gauge
}

// buckets are upper bounds of times, in seconds.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// New returns metrics that have counted nothing.
func New() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	times := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		messages:    counter("till_issuer_messages_total", "Messages of terminals that were worked on, by their kind and whether they were answered.", "kind", "result"),
		took:        times("till_issuer_message_seconds", "Time that the answer to a message took.", "kind"),
		requests:    counter("till_issuer_http_requests_total", "Requests of members and operators, by route and status.", "route", "status"),
		entries:     counter("till_issuer_journal_entries_total", "Lines of the journal that were committed, by kind: decisions, acts, refusals, alarms.", "kind"),
		commits:     times("till_issuer_store_commit_seconds", "Time that an update of the store took, and whether it was committed.", "result"),
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "till_issuer_connections", Help: "Connections that are open, by door."}, []string{"door"}),
		begun:       counter("till_issuer_calls_begun_total", "Calls that came, by the adapter that brought them.", "by"),
		ended:       counter("till_issuer_calls_ended_total", "Calls that ended, by the adapter that brought them and why.", "by", "why"),
		sealed:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "till_issuer_journal_sealed_timestamp_seconds", Help: "When the journal was last sealed."}),
	}
	m.registry.MustRegister(m.messages, m.took, m.requests, m.entries, m.commits, m.connections, m.begun, m.ended, m.sealed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers with all numbers in Prometheus's text format. What can not be read
// is left out.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Request counts a request by the pattern of its route.
func (m *Metrics) Request(route string, status int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

// Began counts a call that came by an adapter.
func (m *Metrics) Began(adapter string) { m.begun.WithLabelValues(adapter).Inc() }

// Ended counts a call that ended.
func (m *Metrics) Ended(adapter string, why ivr.End) {
	m.ended.WithLabelValues(adapter, string(why)).Inc()
}

// Sealed notes when the journal was sealed.
func (m *Metrics) Sealed(at time.Time) { m.sealed.Set(float64(at.Unix())) }

// result is the word for how something ended.
func result(err error) string {
	if err != nil {
		return "failed"
	}
	return "ok"
}

// commitResult is the word for how an update ended.
func commitResult(err error) string {
	if err != nil && !errors.Is(err, store.ErrFailed) {
		return "refused"
	}
	return result(err)
}

// StoreFailed adds whether the store has failed.
func (m *Metrics) StoreFailed(failed func() bool) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "till_issuer_store_failed", Help: "1 once the store failed to write: it takes no update until the issuer is started again.",
	}, func() float64 {
		if failed() {
			return 1
		}
		return 0
	}))
}

// Listener counts the connections of a door.
func (m *Metrics) Listener(door string, l net.Listener) net.Listener {
	return listener{l, m.connections.WithLabelValues(door)}
}

type listener struct {
	net.Listener
	open prometheus.Gauge
}

// Accept waits for a connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Inc()
	return &connection{Conn: c, closed: sync.OnceFunc(l.open.Dec)}, nil
}

type connection struct {
	net.Conn
	closed func()
}

// Close closes the connection.
func (c *connection) Close() error {
	c.closed()
	return c.Conn.Close()
}
