package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/f510b0cf/till/bench/suite"
)

//go:embed page.html page.css
var pageFiles embed.FS

// WriteHTML writes a page for people: one file that needs no network.
func (r *Report) WriteHTML(w io.Writer) error {
	css, err := pageFiles.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	page, err := template.New("page.html").Funcs(template.FuncMap{
		"seconds": shownSeconds,
		"join":    strings.Join,
	}).ParseFS(pageFiles, "page.html")
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	data := view{CSS: template.CSS(css), Began: r.began.UTC().Format("2006-01-02 15:04:05 UTC"), Took: r.took, Failed: r.failed()}
	data.Passed = len(r.results) - data.Failed
	for i, one := range r.results {
		data.Scenarios = append(data.Scenarios, scenarioView(i+1, one))
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// shownSeconds shows a duration.
func shownSeconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// The page as the template has it.
type (
	view struct {
		CSS            template.CSS
		Began          string
		Took           time.Duration
		Passed, Failed int
		Scenarios      []scenarioPart
	}
	scenarioPart struct {
		Number int
		suite.Result
		Error  string
		Steps  []stepPart
		States []statePart
	}
	stepPart struct {
		Title  string
		Took   time.Duration
		Failed bool
		Lines  []linePart
		Lanes  template.HTML // a diagram of what travelled
		Bits   []bitPart     // of the TVR, TSI and CVM results of the last cryptogram
	}
	linePart struct {
		Where  string
		Text   string
		Result []string
		Error  string
	}
)

// scenarioView is a result as the page has it.
func scenarioView(n int, r suite.Result) scenarioPart {
	s := scenarioPart{Number: n, Result: r, States: statesOf(r)}
	if r.Err != nil {
		s.Error = r.Err.Error()
	}
	for _, one := range r.Steps {
		p := stepPart{Title: one.Step.Title, Failed: one.Err != nil}
		from, to := -1, 0
		for _, l := range one.Played {
			if from < 0 {
				from = l.Events[0]
			}
			to = l.Events[1]
			p.Took += l.Took
			part := linePart{Where: fmt.Sprintf("%s:%d", l.Line.File, l.Line.Number), Text: l.Line.Masked(), Result: l.Result}
			if l.Err != nil {
				part.Error = l.Err.Error()
			}
			p.Lines = append(p.Lines, part)
			p.Bits = append(p.Bits, bitsOf(l)...)
		}
		if from >= 0 && to <= len(r.Events) {
			p.Lanes = lanes(r.Events[from:to])
		}
		s.Steps = append(s.Steps, p)
	}
	return s
}
