package sim_test

import (
	"testing"
	"time"

	"github.com/f510b0cf/till/bench/sim"
)

// BenchmarkPINChange is a whole change: the holder asks for it, the card is inserted
// for it, and again for the proof. It reports how many there are in a second on one
// core.
func BenchmarkPINChange(b *testing.B) {
	const changes = 40
	story := "activate"
	for range changes {
		story += "; change; insert 1; insert 1"
	}
	config := sim.Config{Profile: "amex-no-oda", Acts: acts(b, story)}
	done, began := 0, time.Now()
	for b.Loop() {
		r := sim.Run(config)
		if r.Failed() {
			b.Fatal(r.Err, r.Violations)
		}
		done += changes
	}
	b.ReportMetric(float64(done)/time.Since(began).Seconds(), "changes/s")
}
