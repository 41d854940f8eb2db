package timeline

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/issuer/message"
)

// Place is where something travelled.
type Place string

// The places.
const (
	Card    Place = "card"    // between terminal and card
	Message Place = "message" // between terminal and host
	Member  Place = "member"  // at a door for members
	Fault   Place = "fault"   // what was done to one of the others
)

// Event is something that travelled, in words and masked.
type Event struct {
	Number  int             `json:"number"` // from 1
	Chapter string          `json:"chapter,omitempty"`
	Place   Place           `json:"place"`
	From    string          `json:"from,omitempty"`
	To      string          `json:"to,omitempty"`
	Summary string          `json:"summary"`
	Card    json.RawMessage `json:"card,omitempty"`    // a step of hardware/trace
	Message *explain.Item   `json:"message,omitempty"` // as message.Dialect.Describe has it

	Command  string   `json:"-"` // to a card: its name
	Response string   `json:"-"` // of a card: status word and its meaning
	Notes    []string `json:"-"` // on the command
	Struck   string   `json:"-"` // by a fault: the type of the message
	Effect   string   `json:"-"` // of a fault, in a word
	text     string   // a step of a card, as the text of a trace has it
}

// Events returns the events from a position on, which Len gave before.
func (t *Timeline) Events(from int) ([]Event, error) {
	t.mu.Lock()
	entries := slices.Clone(t.entries[from:])
	t.mu.Unlock()
	explained := map[*trace.Recorder][]trace.Explained{}
	events := make([]Event, len(entries))
	for i, e := range entries {
		events[i] = e.event
		if e.recorder == nil {
			continue
		}
		if explained[e.recorder] == nil {
			steps, err := e.recorder.Recording().Explained()
			if err != nil {
				return nil, err
			}
			explained[e.recorder] = steps
		}
		events[i].card(explained[e.recorder][e.step])
	}
	return events, nil
}

// card fills in a step of a card.
func (e *Event) card(step trace.Explained) {
	e.Command, e.Response, e.Notes = step.Command, step.Response, step.Notes
	e.Card, e.text = step.JSON, step.Text
	e.Summary = strings.TrimSuffix(step.Command+": "+step.Response, ": ")
}

// summaryOf says in a few words what a message is: its type, the decision, and
// whether it carries a script for the card.
func summaryOf(item explain.Item) string {
	text := item.Value + " " + item.Text
	if code, ok := element(item, "DE 39"); ok {
		text += ": " + strings.TrimSpace(code.Value+" "+code.Text)
	}
	if CarriesScript(item) {
		text += ", with an issuer script"
	}
	return text
}

// CarriesScript reports whether a message carries a script for the card: template
// 71 or 72.
func CarriesScript(m explain.Item) bool {
	chip, _ := element(m, "DE 55")
	return slices.ContainsFunc(chip.Items, func(i explain.Item) bool { return i.Label == "71" || i.Label == "72" })
}

// ActionCode returns the three digits of a message's decision, empty where it has
// none.
func (e Event) ActionCode() string {
	if e.Message == nil {
		return ""
	}
	code, _ := element(*e.Message, "DE 39")
	return code.Value
}

func element(m explain.Item, label string) (explain.Item, bool) {
	i := slices.IndexFunc(m.Items, func(i explain.Item) bool { return i.Label == label })
	if i < 0 {
		return explain.Item{}, false
	}
	return m.Items[i], true
}

// ActionText says what ActionCode means.
func (e Event) ActionText() string {
	if e.Message == nil {
		return ""
	}
	code, _ := element(*e.Message, "DE 39")
	return code.Text
}

// IsAuthorization reports whether the event is an authorisation request or the answer
// to one.
func (e Event) IsAuthorization() bool {
	return e.Message != nil && strings.HasPrefix(e.Message.Text, message.KindAuthorizationRequest.String())
}
