package report

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/bench/suite"
)

// statePart is how a card and its PIN stood behind a line.
type statePart struct {
	Line string
	Name string
	Chip string // what the chip remembers
	Host string // what the issuer believes
}

// statesOf tells how PINs stood over time: a row wherever something changed.
func statesOf(r suite.Result) (rows []statePart) {
	last := map[string]story.CardState{}
	for _, step := range r.Steps {
		for _, p := range step.Played {
			for _, s := range p.States {
				if was, ok := last[s.Name]; ok && was == s {
					continue
				}
				last[s.Name] = s
				rows = append(rows, statePart{Line: p.Line.Masked(), Name: s.Name, Chip: chipText(s), Host: hostText(s)})
			}
		}
	}
	return slices.Clip(rows)
}

func chipText(s story.CardState) string {
	text := "no PIN"
	if s.PINSet {
		text = fmt.Sprintf("PIN set, %d tries left", s.Tries)
	}
	text += fmt.Sprintf(", ATC %d", s.ATC)
	if s.Scripts > 0 {
		text += fmt.Sprintf(", scripts %d", s.Scripts)
	}
	if s.Blocked {
		text += ", blocked"
	}
	return text
}

func hostText(s story.CardState) string {
	text := fmt.Sprintf("PIN %s, card %s", s.Phase, s.Status)
	if s.WrongTries > 0 {
		text += fmt.Sprintf(", %d wrong online", s.WrongTries)
	}
	return text
}
