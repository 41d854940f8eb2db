package trace

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/f510b0cf/till/emv/explain"
)

// Explained is one step in words, masked.
type Explained struct {
	Command  string          // its name, or which reset the step is
	Notes    []string        // on the command
	Response string          // status word and its meaning, or why there is no answer; empty for a reset
	Text     string          // all of it, as WriteText has it, without the number
	JSON     json.RawMessage // all of it, as MarshalJSON has it
}

// Explained returns every step in words, for those who tell them among others.
func (r Recording) Explained() ([]Explained, error) {
	accounts, all := r.accounts(), make([]Explained, 0, len(r.steps))
	for i, v := range r.views() {
		var text bytes.Buffer
		v.writeBody(&text, "")
		encoded, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("explain trace: %w", err)
		}
		e := Explained{Command: r.steps[i].name(), Text: string(accounts.hide(text.Bytes())), JSON: accounts.hide(encoded)}
		if v.Command != nil {
			e.Notes = v.Command.Notes
		}
		e.Response = responseOf(v)
		all = append(all, e)
	}
	return all, nil
}

// responseOf is what came back, in a few words.
func responseOf(v view) string {
	switch {
	case v.Response != nil:
		return v.Response.Label + " " + v.Response.Name
	case v.Error != "":
		return "no answer: " + v.Error
	}
	return ""
}

// WriteItem writes an item as the text of a trace has it: behind what stands in the
// line already, with its notes and what it holds below, set off by indent.
func WriteItem(b *bytes.Buffer, item explain.Item, indent string) { writeItem(b, item, indent) }
