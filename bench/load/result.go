package load

import (
	"fmt"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a load came to. Times are in microseconds.
type Result struct {
	Rate      float64 `json:"rate,omitempty"` // asked for, of a second
	Terminals int     `json:"terminals"`
	Seconds   float64 `json:"seconds"` // that were measured

	Requests int `json:"requests"` // that were measured; those of the warm-up are not
	Warmup   int `json:"warmup"`   // requests before
	Right    int `json:"right"`    // answers
	Wrong    int `json:"wrong"`
	Missing  int `json:"missing"` // no answer came

	Achieved float64        `json:"achieved"` // right answers of a second
	Latency  Latency        `json:"latency"`
	Kinds    []KindResult   `json:"kinds"`
	Timeline []Second       `json:"timeline"`
	Faults   map[string]int `json:"faults,omitempty"` // what was wrong with answers, the warm-up's too

	histogram *hdr.Histogram
}

// Latency is the distribution of times from when a request was due to its answer.
type Latency struct {
	Count  int64   `json:"count"`
	Mean   float64 `json:"mean_us"`
	P50    int64   `json:"p50_us"`
	P90    int64   `json:"p90_us"`
	P99    int64   `json:"p99_us"`
	P999   int64   `json:"p999_us"`
	Max    int64   `json:"max_us"`
	Points []Point `json:"points,omitempty"`
}

// Point is a percentile and its time.
type Point struct {
	Percentile float64 `json:"percentile"`
	Time       int64   `json:"us"`
}

// KindResult is what became of one kind of requests.
type KindResult struct {
	Kind    Kind    `json:"kind"`
	Right   int     `json:"right"`
	Wrong   int     `json:"wrong"`
	Latency Latency `json:"latency"`
}

// Second is one second of a load.
type Second struct {
	Second   int   `json:"second"`
	Due      int   `json:"due"` // requests
	Answered int   `json:"answered"`
	P50      int64 `json:"p50_us"`
	P99      int64 `json:"p99_us"`
	Max      int64 `json:"max_us"`
}

// latencyMax is the longest time that a histogram tells from longer ones.
const latencyMax = 10 * time.Minute

// significantDigits of times in a histogram.
const significantDigits = 3

// tick is the least time that histograms tell from none.
const tick = time.Microsecond

func newHistogram() *hdr.Histogram {
	return hdr.New(1, int64(latencyMax/tick), significantDigits)
}

// record notes a time.
func record(h *hdr.Histogram, d time.Duration) {
	if err := h.RecordValue(max(1, min(int64(d/tick), int64(latencyMax/tick)))); err != nil {
		panic("load: time out of bounds: " + err.Error())
	}
}

func latencyOf(h *hdr.Histogram, points bool) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	l := Latency{
		Count: h.TotalCount(), Mean: h.Mean(), Max: h.Max(),
		P50: h.ValueAtPercentile(50), P90: h.ValueAtPercentile(90), P99: h.ValueAtPercentile(99), P999: h.ValueAtPercentile(99.9),
	}
	if points {
		for _, b := range h.CumulativeDistribution() {
			l.Points = append(l.Points, Point{b.Quantile, b.ValueAt})
		}
	}
	return l
}

// tally counts while shots are looked at.
type tally struct {
	result  *Result
	kinds   [kinds]*hdr.Histogram
	counts  [kinds]KindResult
	seconds []*hdr.Histogram
	due     []int
}

// result looks at all shots of a run that took so long.
func (r *run) result(took time.Duration) *Result {
	t := tally{result: &Result{Rate: r.plan.rate, Terminals: len(r.plan.lines), histogram: newHistogram(), Faults: map[string]int{}}}
	for k := range t.kinds {
		t.kinds[k] = newHistogram()
	}
	for _, line := range r.plan.lines {
		for i := range line {
			t.add(&line[i], line[i].check(r.target.Dialect), r.plan.warmup)
		}
	}
	return t.finish((took - r.plan.warmup).Seconds())
}

// add counts a request, whose answer has the fault.
func (t *tally) add(s *shot, fault error, warm time.Duration) {
	x := t.result
	if fault != nil {
		x.Faults[fault.Error()]++
	}
	if s.at < warm {
		x.Warmup++
		return
	}
	x.Requests++
	second := t.second(int((s.at - warm) / time.Second))
	t.due[second]++
	switch {
	case fault == errNoAnswer:
		x.Missing++
		t.counts[s.kind].Wrong++
		return
	case fault != nil:
		x.Wrong++
		t.counts[s.kind].Wrong++
	default:
		x.Right++
		t.counts[s.kind].Right++
	}
	for _, h := range []*hdr.Histogram{x.histogram, t.kinds[s.kind], t.seconds[second]} {
		record(h, s.latency)
	}
}

// second makes room for a second and those before.
func (t *tally) second(n int) int {
	for len(t.seconds) <= n {
		t.seconds, t.due = append(t.seconds, newHistogram()), append(t.due, 0)
	}
	return n
}

func (t *tally) finish(seconds float64) *Result {
	x := t.result
	x.Seconds, x.Latency = seconds, latencyOf(x.histogram, true)
	if seconds > 0 {
		x.Achieved = float64(x.Right) / seconds
	}
	for k := range t.kinds {
		c := t.counts[k]
		if c.Right+c.Wrong == 0 {
			continue
		}
		c.Kind, c.Latency = Kind(k), latencyOf(t.kinds[k], false)
		x.Kinds = append(x.Kinds, c)
	}
	for n, h := range t.seconds {
		l := latencyOf(h, false)
		x.Timeline = append(x.Timeline, Second{n, t.due[n], int(l.Count), l.P50, l.P99, l.Max})
	}
	return x
}

// Failed says what is wrong with a load whose answers were not all right; nil where
// they were.
func (x *Result) Failed() error {
	if x.Wrong+x.Missing == 0 && len(x.Faults) == 0 {
		return nil
	}
	most, count := "", 0
	for fault, n := range x.Faults {
		if n > count || n == count && fault < most {
			most, count = fault, n
		}
	}
	return fmt.Errorf("%d of %d answers were wrong and %d did not come; most often: %s", x.Wrong, x.Requests, x.Missing, most)
}
