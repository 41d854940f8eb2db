package trace

import (
	"encoding/json"
	"fmt"

	"github.com/f510b0cf/till/emv/explain"
)

// view is a step as JSON has it.
type view struct {
	Step     int           `json:"step"`
	Reset    string        `json:"reset,omitempty"` // "cold" or "warm"
	ATR      string        `json:"atr,omitempty"`
	PINPad   bool          `json:"pin_pad,omitempty"` // the reader put the PIN into the command
	Command  *explain.Item `json:"command,omitempty"`
	Response *explain.Item `json:"response,omitempty"`
	Error    string        `json:"error,omitempty"` // why there is no answer
	At       string        `json:"at,omitempty"`    // since the first step, as "1.5s"; only with a clock
	Took     string        `json:"took,omitempty"`

	UnmaskedCommand  string `json:"unmasked_command,omitempty"`
	UnmaskedResponse string `json:"unmasked_response,omitempty"`
}

// document is a recording as JSON has it.
type document struct {
	Steps   []view `json:"steps"`
	Dropped int    `json:"dropped,omitempty"`
}

// MarshalJSON returns the recording in words, masked.
func (r Recording) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(document{r.views(), r.dropped})
	if err != nil {
		return nil, fmt.Errorf("write trace: %w", err)
	}
	return r.accounts().hide(b), nil
}

// UnmaskedJSONOfTestCard returns what MarshalJSON does and the bytes of each
// step. It shows everything, account numbers and PIN blocks included: use it for
// test cards alone.
func (r Recording) UnmaskedJSONOfTestCard() ([]byte, error) {
	views := r.views()
	for i, s := range r.steps {
		s.open(func(command, response []byte) {
			views[i].UnmaskedCommand, views[i].UnmaskedResponse = fmt.Sprintf("%X", command), fmt.Sprintf("%X", response)
		})
	}
	b, err := json.Marshal(document{views, r.dropped})
	if err != nil {
		return nil, fmt.Errorf("write trace: %w", err)
	}
	return b, nil
}

// views returns all steps in words.
func (r Recording) views() []view {
	views := make([]view, len(r.steps))
	var d dialogue
	for i, s := range r.steps {
		views[i] = s.view(&d)
		views[i].Step = i + 1
		d.learn(s)
	}
	return views
}

// view returns the step in words, in the light of those before.
func (s step) view(d *dialogue) view {
	v := view{PINPad: s.kind == pinPad, Error: string(s.failure)}
	if s.timed {
		v.At, v.Took = s.at.String(), s.took.String()
	}
	s.open(func(command, response []byte) {
		switch s.kind {
		case coldReset:
			v.Reset, v.ATR = "cold", fmt.Sprintf("%X", response)
			return
		case warmReset:
			v.Reset, v.ATR = "warm", fmt.Sprintf("%X", response)
			return
		}
		item := d.commandItem(command)
		v.Command = &item
		if s.failure == "" {
			d.hear(command)
			answer := d.responseItem(response)
			v.Response = &answer
		}
	})
	return v
}
