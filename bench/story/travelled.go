package story

import (
	"strings"

	"github.com/f510b0cf/till/bench/timeline"
)

// travelled says in a few words what travelled since a position of the timeline: the
// request to the members' door, or the commands to the card and the messages.
func (w *World) travelled(from int, r Result) (string, error) {
	if text, ok := r.Detail["http"].(string); ok {
		return text, nil
	}
	events, err := w.timeline.Events(from)
	if err != nil {
		return "", err
	}
	var parts []string
	if n := commands(events); n > 0 {
		parts = append(parts, count(n, "APDU"))
	}
	return strings.Join(append(parts, messages(events)...), " "), nil
}

// commands counts the commands to the card.
func commands(events []timeline.Event) (n int) {
	for _, e := range events {
		if e.Place == timeline.Card && e.Response != "" {
			n++
		}
	}
	return n
}

// messages returns the types of the messages, and what faults did to them: "lost" for
// one that did not arrive.
func messages(events []timeline.Event) (types []string) {
	for _, e := range events {
		last := len(types) - 1
		switch {
		case e.Message != nil && e.Message.Value != "":
			types = append(types, e.Message.Value)
		case e.Place != timeline.Fault || e.Effect == "":
		case last < 0 || types[last] != e.Struck: // it did not get as far as the host
			if e.Effect != effects()[actionDouble].word && e.Effect != effects()[actionReorder].word {
				types = append(types, e.Effect)
			}
		case effects()[actionLose].word == e.Effect || effects()[actionCut].word == e.Effect:
			types[last] = e.Effect
		default:
			types[last] += " " + e.Effect
		}
	}
	return types
}
