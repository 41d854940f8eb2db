package timeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/hardware/trace"
)

// indent sets off what belongs to an event.
const indent = "        "

// WriteText writes the timeline for people: chapters, and below each what travelled,
// numbered.
func (t *Timeline) WriteText(w io.Writer) error {
	events, err := t.Events(0)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	chapter := ""
	for _, e := range events {
		if e.Chapter != chapter {
			chapter = e.Chapter
			fmt.Fprintf(&b, "\n# %s\n\n", chapter)
		}
		e.write(&b)
	}
	if n := t.left(); n > 0 {
		fmt.Fprintf(&b, "\n%d further events were not kept\n", n)
	}
	if _, err := w.Write(bytes.TrimPrefix(b.Bytes(), []byte("\n"))); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}

// Text returns the event as WriteText has it, without number and heading: what
// travelled, decoded and masked.
func (e Event) Text() string {
	var b bytes.Buffer
	e.write(&b)
	_, below, _ := strings.Cut(b.String(), "\n")
	return below
}

func (e Event) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "%5d  ", e.Number)
	switch e.Place {
	case Card:
		fmt.Fprintf(b, "card     %s\n", e.Summary)
		for line := range strings.Lines(e.text) {
			b.WriteString(indent + line)
		}
	case Message:
		fmt.Fprintf(b, "message  %s to %s: %s\n", e.From, e.To, e.Summary)
		for _, item := range e.Message.Items {
			b.WriteString(indent)
			trace.WriteItem(b, item, indent)
		}
		for _, note := range e.Message.Notes {
			b.WriteString(indent + note + "\n")
		}
	case Member:
		fmt.Fprintf(b, "member   %s, %s: %s\n", e.From, e.To, e.Summary)
	default:
		fmt.Fprintf(b, "%-7s  %s\n", e.Place, e.Summary)
	}
}

// MarshalJSON returns {"events": [...]}.
func (t *Timeline) MarshalJSON() ([]byte, error) {
	events, err := t.Events(0)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Events  []Event `json:"events"`
		Dropped int     `json:"dropped,omitempty"`
	}{events, t.left()})
}
