package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/f510b0cf/till/issuer/store"
)

// Writer is what is asked of a store that puts updates together.
type Writer interface {
	Failed() bool // the last commit failed
	Waiting() int // updates that wait for a commit
}

// File is what is asked of a store in a file.
type File interface {
	Space() (size, free int64) // bytes
}

// Writer adds how a store writes.
func (m *Metrics) Writer(w Writer) {
	m.gauge("till_issuer_store_failed", "1 once the store failed to write: nothing is written until the issuer is started again, or, with a database, until a commit succeeds.", func() float64 {
		if w.Failed() {
			return 1
		}
		return 0
	})
	m.gauge("till_issuer_store_waiting_updates", "Updates that wait for a commit.", func() float64 { return float64(w.Waiting()) })
}

// File adds how large a store's file is.
func (m *Metrics) File(f File) {
	m.gauge("till_issuer_store_bytes", "Size of the store's file.", func() float64 { size, _ := f.Space(); return float64(size) })
	m.gauge("till_issuer_store_free_bytes", "What of the store's file is used again before it grows.", func() float64 { _, free := f.Space(); return float64(free) })
}

func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Committed notes a commit of the store.
func (m *Metrics) Committed(c store.Commit) {
	m.shared.Observe(float64(c.Updates))
	m.written.Observe(c.Took.Seconds())
}
