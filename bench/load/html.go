package load

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"
)

//go:embed page.html
var pageFile embed.FS

// Report is a load, or a search with its best load, for people and programs.
type Report struct {
	Began  time.Time    `json:"began"`
	Host   string       `json:"host"` // "own" is an issuer for this load alone
	Mix    string       `json:"mix"`
	Cards  int          `json:"cards"`
	Seed   uint64       `json:"seed"`
	Bound  int64        `json:"bound_us,omitempty"` // of a search
	Steps  []SearchStep `json:"steps,omitempty"`
	Result *Result      `json:"result,omitempty"` // nil where no rate of a search held
}

// WriteHTML writes a page for people: one file that needs no network.
func (r *Report) WriteHTML(w io.Writer) error {
	page, err := template.New("page.html").Funcs(template.FuncMap{"ms": Milliseconds, "rate": func(v float64) string { return fmt.Sprintf("%.0f", v) }}).ParseFS(pageFile, "page.html")
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	view := struct {
		*Report
		Percentiles, Latencies, Answers template.HTML
	}{Report: r}
	if r.Result != nil {
		view.Percentiles, view.Latencies, view.Answers = percentilePlot(r.Result), latencyPlot(r.Result), answerPlot(r.Result)
	}
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// Milliseconds shows microseconds in milliseconds.
func Milliseconds(us int64) string {
	switch ms := float64(us) / 1000; {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.2f ms", ms)
	}
}

// plot is a diagram of lines.
type plot struct {
	title, x, y string
	lines       []line
	ticks       []tickMark // of the horizontal axis
	logarithmic bool       // vertical axis
}

type line struct {
	name   string
	points [][2]float64
}

type tickMark struct {
	at   float64
	text string
}

// The size of a diagram and of the margin for its axes, in pixels.
const (
	plotWidth, plotHeight = 640, 260
	plotLeft, plotBottom  = 70, 40
	plotTop, plotRight    = 24, 16
)

// percentilePlot shows how long answers took, by percentile: the farther right, the
// rarer.
func percentilePlot(x *Result) template.HTML {
	var l line
	for _, p := range x.Latency.Points {
		if p.Percentile < 100 {
			l.points = append(l.points, [2]float64{nines(p.Percentile), float64(p.Time) / 1000})
		}
	}
	p := plot{title: "Latency by percentile", x: "percentile", y: "ms", lines: []line{l}, logarithmic: true}
	for _, q := range []float64{0, 50, 90, 99, 99.9, 99.99} {
		if q == 0 || 1/(1-q/100) <= 2*float64(x.Latency.Count) {
			p.ticks = append(p.ticks, tickMark{nines(q), fmt.Sprintf("%g", q)})
		}
	}
	return p.svg()
}

// nines is how many nines a percentile has.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// latencyPlot shows latencies over time.
func latencyPlot(x *Result) template.HTML {
	lines := []line{{name: "p50"}, {name: "p99"}, {name: "max"}}
	for _, s := range x.Timeline {
		for i, v := range []int64{s.P50, s.P99, s.Max} {
			lines[i].points = append(lines[i].points, [2]float64{float64(s.Second), float64(v) / 1000})
		}
	}
	return plot{title: "Latency over time", x: "s", y: "ms", lines: lines, ticks: seconds(x), logarithmic: true}.svg()
}

// answerPlot shows how many requests were due, and how many of them were answered.
func answerPlot(x *Result) template.HTML {
	lines := []line{{name: "due"}, {name: "answered"}}
	for _, s := range x.Timeline {
		for i, v := range []int{s.Due, s.Answered} {
			lines[i].points = append(lines[i].points, [2]float64{float64(s.Second), float64(v)})
		}
	}
	return plot{title: "Requests of each second", x: "s", y: "requests", lines: lines, ticks: seconds(x)}.svg()
}

// secondTicks is how many marks the axis of seconds has at most.
const secondTicks = 8

func seconds(x *Result) (ticks []tickMark) {
	step := max(1, (len(x.Timeline)+secondTicks-1)/secondTicks)
	for s := 0; s < len(x.Timeline); s += step {
		ticks = append(ticks, tickMark{float64(s), fmt.Sprint(s)})
	}
	return ticks
}

// svg draws the diagram.
func (p plot) svg() template.HTML {
	right, low, high := 1e-9, math.Inf(1), 0.0
	for _, l := range p.lines {
		for _, at := range l.points {
			right, low, high = max(right, at[0]), min(low, at[1]), max(high, at[1])
		}
	}
	if high == 0 {
		return ""
	}
	low, high, marks := p.scale(low, high)
	across := func(x float64) float64 { return plotLeft + x/right*(plotWidth-plotLeft-plotRight) }
	up := func(y float64) float64 {
		part := (y - low) / (high - low)
		if p.logarithmic {
			part = math.Log(max(y, low)/low) / math.Log(high/low)
		}
		return plotHeight - plotBottom - part*(plotHeight-plotBottom-plotTop)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s"><text class="title" x="%d" y="14">%s</text>`, plotWidth, plotHeight, p.title, plotLeft, p.title)
	for _, m := range marks {
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text class="left" x="%d" y="%.1f">%g</text>`, plotLeft, plotWidth-plotRight, up(m), up(m), plotLeft-6, up(m)+4, m)
	}
	for _, m := range p.ticks {
		fmt.Fprintf(&b, `<text class="middle" x="%.1f" y="%d">%s</text>`, across(m.at), plotHeight-plotBottom+16, m.text)
	}
	fmt.Fprintf(&b, `<text class="middle" x="%d" y="%d">%s</text><text class="left" x="%d" y="%d">%s</text>`, (plotLeft+plotWidth)/2, plotHeight-6, p.x, plotLeft-6, plotTop-4, p.y)
	for i, l := range p.lines {
		var points []string
		for _, at := range l.points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", across(at[0]), up(at[1])))
		}
		fmt.Fprintf(&b, `<polyline class="line%d" points="%s"/>`, i, strings.Join(points, " "))
		if l.name != "" {
			fmt.Fprintf(&b, `<text class="name%d" x="%d" y="14">%s</text>`, i, plotWidth-240+80*i, l.name)
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers and words of ours alone
}

// scale returns the ends of the vertical axis and its marks.
func (p plot) scale(low, high float64) (from, to float64, marks []float64) {
	if p.logarithmic {
		from, to = math.Pow(10, math.Floor(math.Log10(max(low, 1e-3)))), math.Pow(10, math.Ceil(math.Log10(max(high, 1e-2))))
		if from == to {
			to *= 10
		}
		for m := from; m <= to*1.001; m *= 10 {
			marks = append(marks, m)
		}
		return from, to, marks
	}
	step := math.Pow(10, math.Floor(math.Log10(high)))
	for m := 0.0; m <= high; m += step {
		marks = append(marks, m)
	}
	return 0, high, marks
}
