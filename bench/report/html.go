package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/suite"
	"github.com/f510b0cf/till/bench/timeline"
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
	data := view{
		CSS: template.CSS(css), Began: r.Began.UTC().Format(timeFormat), Took: r.Took, Failed: r.failed(), Passed: len(r.Results) - r.failed(),
		Unplayed: len(r.Unplayed), Since: r.Differences(), Gone: r.Last.gone(r.Results),
	}
	for i, one := range sorted(r.Results) {
		s := scenarioView(i+1, one)
		s.Open = one.Err != nil || len(r.Results) <= openMax
		s.Verdict, s.Changes = r.Last.verdict(one), r.Last.changes(one)
		data.Scenarios = append(data.Scenarios, s)
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
		Unplayed       int
		Since          string   // difference to the last run
		Gone           []string // scenarios of the last run that were not played
		Scenarios      []scenarioPart
	}
	scenarioPart struct {
		Number int
		suite.Result
		Error  string
		Open   bool // unfolded
		Steps  []stepPart
		States []statePart

		Verdict string   // beside the last run
		Changes []change // since then
	}
	stepPart struct {
		Title  string
		Took   time.Duration
		Failed bool
		Groups []groupPart
	}
	groupPart struct { // lines up to a purchase, and what is expected of it
		Took  time.Duration
		Lines []linePart
		Lanes template.HTML // a diagram of what travelled
		Bits  []bitPart
	}
	linePart struct {
		Where  string
		Text   string
		Result []string
		Error  string
	}
)

// openMax is up to how many scenarios are shown unfolded though they passed.
const openMax = 3

// scenarioView is a result as the page has it.
func scenarioView(n int, r suite.Result) scenarioPart {
	s := scenarioPart{Number: n, Result: r, States: statesOf(r)}
	if r.Err != nil {
		s.Error = r.Err.Error()
	}
	for _, one := range r.Steps {
		p := stepPart{Title: one.Step.Title, Failed: one.Err != nil}
		for _, played := range grouped(one.Played) {
			g := groupView(played, r.Events)
			p.Groups, p.Took = append(p.Groups, g), p.Took+g.Took
		}
		s.Steps = append(s.Steps, p)
	}
	return s
}

// grouped cuts lines behind each purchase, and what looks at it.
func grouped(lines []story.Played) (groups [][]story.Played) {
	over := true
	for _, l := range lines {
		looks := l.Verb == "expect" || l.Verb == "show"
		if over && !looks || len(groups) == 0 {
			groups, over = append(groups, nil), false
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], l)
		over = over || l.Verb == "insert" || l.Verb == "tap" || l.Verb == "order"
	}
	return groups
}

// groupView is a group of lines as the page has it.
func groupView(lines []story.Played, events []timeline.Event) (g groupPart) {
	for _, l := range lines {
		part := linePart{Where: fmt.Sprintf("%s:%d", l.Line.File, l.Line.Number), Text: l.Line.Masked(), Result: l.Result}
		if l.Err != nil {
			part.Error = l.Err.Error()
		}
		g.Lines, g.Bits, g.Took = append(g.Lines, part), append(g.Bits, bitsOf(l)...), g.Took+l.Took
	}
	if from, to := lines[0].Events[0], lines[len(lines)-1].Events[1]; to <= len(events) {
		g.Lanes = lanes(events[from:to])
	}
	return g
}
