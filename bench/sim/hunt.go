package sim

import "errors"

// Caught says how the simulation found a mistake.
type Caught struct {
	Mutant  string   `json:"mutant"`
	Says    string   `json:"says"`
	By      []string `json:"by"`      // invariants that did not hold; empty where none caught it
	Runs    int      `json:"runs"`    // until then
	Command string   `json:"command"` // that plays the run again, in a program with the mistakes
	What    string   `json:"what"`    // the first violation
}

// ErrNoMistakes says that the program was built without mistakes.
var ErrNoMistakes = errors.New("this program was built without mistakes")
