package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/suite"
	"github.com/f510b0cf/till/bench/timeline"
)

// The report as JSON has it.
type (
	document struct {
		Began     time.Time  `json:"began"`
		Took      float64    `json:"seconds"`
		Passed    int        `json:"passed"`
		Failed    int        `json:"failed"`
		Unplayed  []string   `json:"not_played,omitempty"` // when the run was called off
		Scenarios []scenario `json:"scenarios"`
	}
	scenario struct {
		Name   string           `json:"name"`
		Title  string           `json:"title"`
		About  string           `json:"about,omitempty"`
		Tags   []string         `json:"tags,omitempty"`
		File   string           `json:"file"`
		Seed   uint64           `json:"seed"`
		OK     bool             `json:"ok"`
		Error  string           `json:"error,omitempty"`
		Took   float64          `json:"seconds"`
		Steps  []step           `json:"steps"`
		Events []timeline.Event `json:"events,omitempty"`
	}
	step struct {
		Name  string `json:"name"`
		Title string `json:"title"`
		OK    bool   `json:"ok"`
		Lines []line `json:"lines"`
	}
	line struct {
		File   string            `json:"file"`
		Number int               `json:"line"`
		Text   string            `json:"text"`
		Result []string          `json:"result,omitempty"`
		Cards  []story.CardState `json:"cards,omitempty"`
		Took   float64           `json:"seconds"`
		Events [2]int            `json:"events"` // from, to
		Error  string            `json:"error,omitempty"`
	}
)

// WriteJSON writes all that is known, masked.
func (r *Report) WriteJSON(w io.Writer) error {
	d := document{Began: r.Began.UTC(), Took: r.Took.Seconds(), Failed: r.failed(), Passed: len(r.Results) - r.failed(), Scenarios: []scenario{}}
	for _, p := range r.Unplayed {
		d.Unplayed = append(d.Unplayed, p.Scenario.Name)
	}
	for _, one := range sorted(r.Results) {
		d.Scenarios = append(d.Scenarios, scenarioOf(one))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// scenarioOf is a result as JSON has it.
func scenarioOf(r suite.Result) scenario {
	s := scenario{
		Name: r.Scenario.Name, Title: r.Scenario.Title, About: r.Scenario.About, Tags: r.Scenario.Tags, File: r.Scenario.File,
		Seed: r.Seed, OK: r.Err == nil, Took: r.Took.Seconds(), Events: r.Events, Steps: []step{},
	}
	if r.Err != nil {
		s.Error = r.Err.Error()
	}
	for _, one := range r.Steps {
		t := step{Name: one.Step.Name, Title: one.Step.Title, OK: one.Err == nil, Lines: []line{}}
		for _, p := range one.Played {
			l := line{
				File: p.Line.File, Number: p.Line.Number, Text: p.Line.Masked(), Result: p.Result, Cards: p.States,
				Took: p.Took.Seconds(), Events: p.Events,
			}
			if p.Err != nil {
				l.Error = p.Err.Error()
			}
			t.Lines = append(t.Lines, l)
		}
		s.Steps = append(s.Steps, t)
	}
	return s
}
