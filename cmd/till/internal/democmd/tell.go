package democmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// teller tells of steps.
type teller interface {
	step(story.Report) error
	end() error // where all held
}

// objects tells of each step as one JSON object.
type objects struct{ encoder *json.Encoder }

// object is a step as JSON has it.
type object struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	Detail detail `json:"detail"`
}

type detail struct {
	Title   string   `json:"title"`
	Actions []action `json:"actions"`
	Error   string   `json:"error,omitempty"`
}

type action struct {
	Verb      string         `json:"verb"`
	What      string         `json:"what"`
	Travelled string         `json:"travelled,omitempty"`
	Means     string         `json:"means"`
	Detail    map[string]any `json:"detail,omitempty"`
}

func (o objects) step(r story.Report) error {
	d := detail{Title: r.Step.Title, Actions: make([]action, len(r.Actions))}
	for i, a := range r.Actions {
		d.Actions[i] = action(a)
	}
	if r.Err != nil {
		d.Error = r.Err.Error()
	}
	return o.encoder.Encode(object{r.Step.Name, r.Err == nil, d})
}

func (objects) end() error { return nil }

// text tells of each step in a line and of each action in one below it: what
// happens, what travelled, and what it came to. The last goes below the others where
// the terminal is too narrow.
type text struct {
	out    io.Writer
	colour bool
	width  int // of the terminal; 0 is any
	told   int
}

func newText(out io.Writer) *text {
	return &text{out: out, colour: cli.Colours(out), width: cli.Width(out)}
}

// The columns, in characters.
const (
	whatWidth      = 39
	travelledWidth = 28
)

// The colours of ECMA-48 that are used.
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
)

// paint gives a text a colour.
func (t *text) paint(colour, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

func (t *text) step(r story.Report) error {
	t.told++
	var b strings.Builder
	fmt.Fprintf(&b, "%2d  %s\n", t.told, t.paint(bold, r.Step.Title))
	for _, a := range r.Actions {
		b.WriteString(t.action(a))
	}
	if r.Err != nil {
		fmt.Fprintf(&b, indent+"%s %s\n", t.paint(red, "FAILED"), r.Err)
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// indent sets off actions from their step.
const indent = "    "

// action is the line of an action, or its two lines.
func (t *text) action(a story.Action) string {
	what, travelled, gap := pad(a.What, whatWidth), pad(a.Travelled, travelledWidth), ""
	if t.width > 0 && utf8.RuneCountInString(indent+what+travelled+a.Means) > t.width {
		travelled, gap = strings.TrimRight(travelled, " "), "\n"+indent+indent
	}
	return indent + what + t.paint(faint, travelled) + gap + t.paint(green, a.Means) + "\n"
}

// pad fills a text up to a column and two spaces.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))+2)
}

func (t *text) end() error {
	_, err := fmt.Fprintf(t.out, "%s\n", t.paint(bold, fmt.Sprintf("All %d steps held.", t.told)))
	return err
}
