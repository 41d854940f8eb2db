package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Disk is what is asked of a store on a disk.
type Disk interface {
	Failed() bool
	Waiting() int
	Space() (size, free int64)
}

// Disk adds how the store on a disk is.
func (m *Metrics) Disk(d Disk) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("till_issuer_store_failed", "1 once the store failed to write: it takes no update until the issuer is started again.", func() float64 {
		if d.Failed() {
			return 1
		}
		return 0
	})
	gauge("till_issuer_store_waiting_updates", "Updates that wait for a commit.", func() float64 { return float64(d.Waiting()) })
	gauge("till_issuer_store_bytes", "Size of the store's file.", func() float64 { size, _ := d.Space(); return float64(size) })
	gauge("till_issuer_store_free_bytes", "What of the store's file is used again before it grows.", func() float64 { _, free := d.Space(); return float64(free) })
}

// Committed notes a commit of the store.
func (m *Metrics) Committed(updates int, took time.Duration) {
	m.shared.Observe(float64(updates))
	m.written.Observe(took.Seconds())
}
