package trace

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// Difference is one place where two recordings differ, masked.
type Difference struct {
	StepA int    `json:"step_a,omitempty"` // number of the step in the first recording, 0 where it has none
	StepB int    `json:"step_b,omitempty"`
	Name  string `json:"name"`           // of the command or reset
	What  string `json:"what"`           // what differs; "only here" for a step that one recording has
	InA   string `json:"in_a,omitempty"` // what may be shown of it
	InB   string `json:"in_b,omitempty"`
}

// onlyHere is what differs where the other recording has no such step.
const onlyHere = "only here"

// String returns one line: "step 7, GENERATE AC, command 9F37 Unpredictable
// Number: 11223344 | 55667788".
func (d Difference) String() string {
	switch {
	case d.StepB == 0:
		return fmt.Sprintf("step %d | -, %s: only in the first", d.StepA, d.Name)
	case d.StepA == 0:
		return fmt.Sprintf("step - | %d, %s: only in the second", d.StepB, d.Name)
	}
	steps := fmt.Sprint(d.StepA)
	if d.StepA != d.StepB {
		steps = fmt.Sprintf("%d | %d", d.StepA, d.StepB)
	}
	return fmt.Sprintf("step %s, %s, %s: %s | %s", steps, d.Name, d.What, d.InA, d.InB)
}

// Diff lists where two recordings differ, in order. Steps of the same command
// are compared with each other, also where one recording has further ones
// between them. Times are not compared, nor are the values of the ignored data
// elements where both have one. With any of these ignored, so is the challenge in an
// answer to GET CHALLENGE, which has no tag.
func Diff(a, b Recording, ignored ...emv.Tag) []Difference {
	c := comparison{a: a.steps, b: b.steps, ignored: ignored, hidden: append(a.accounts(), b.accounts()...)}
	for _, p := range align(keysOf(a.steps), keysOf(b.steps)) {
		c.compare(p)
	}
	return c.found
}

// comparison is a walk through two recordings.
type comparison struct {
	a, b    []step
	ignored []emv.Tag
	da, db  dialogue
	hidden  accounts
	found   []Difference
}

func (c *comparison) compare(p pair) {
	switch {
	case p.b < 0:
		c.add(Difference{StepA: p.a + 1, Name: c.a[p.a].name(), What: onlyHere})
		c.da.learn(c.a[p.a])
	case p.a < 0:
		c.add(Difference{StepB: p.b + 1, Name: c.b[p.b].name(), What: onlyHere})
		c.db.learn(c.b[p.b])
	default:
		c.steps(p, c.a[p.a], c.b[p.b])
		c.da.learn(c.a[p.a])
		c.db.learn(c.b[p.b])
	}
}

// steps compares two steps of the same kind.
func (c *comparison) steps(p pair, a, b step) {
	at := Difference{StepA: p.a + 1, StepB: p.b + 1, Name: a.name()}
	a.open(func(commandA, responseA []byte) {
		b.open(func(commandB, responseB []byte) {
			if a.isCommand() {
				c.addAll(at, "command ", commandChanges(&c.da, commandA, &c.db, commandB))
				c.da.hear(commandA)
				c.db.hear(commandB)
			}
			switch {
			case a.failure != b.failure:
				c.addAll(at, "", []change{{what: "answer", a: a.ending(), b: b.ending()}})
			case a.isCommand():
				c.addAll(at, "answer ", responseChanges(&c.da, responseA, &c.db, responseB))
			case !a.response.Equal(b.response):
				c.addAll(at, "", []change{{what: "ATR", a: fmt.Sprintf("%X", responseA), b: fmt.Sprintf("%X", responseB)}})
			}
		})
	})
}

// ending returns why there is no answer, or that there is one.
func (s step) ending() string {
	if s.failure == "" {
		return "there"
	}
	return string(s.failure)
}

func (c *comparison) addAll(at Difference, of string, changes []change) {
	for _, change := range changes {
		if c.ignores(change) {
			continue
		}
		at.What, at.InA, at.InB = of+change.what, change.a, change.b
		c.add(at)
	}
}

func (c *comparison) add(d Difference) {
	d.InA, d.InB = string(c.hidden.hide([]byte(d.InA))), string(c.hidden.hide([]byte(d.InB)))
	c.found = append(c.found, d)
}

func (c *comparison) ignores(of change) bool {
	if of.tag == 0 {
		return len(c.ignored) > 0 && of.what == (element{}).name() && c.da.ins == insGetChallenge
	}
	return slices.Contains(c.ignored, of.tag)
}
