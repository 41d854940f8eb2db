package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what became of a step.
type Report struct {
	Step    Step
	Actions []Action   // those that are told
	Results [][]string // of the blocks that were carried out, in order
	Played  []Played   // the lines that were carried out
	Err     error      // nil where all was as expected

	told bool // the last verb is among the actions
}

// Action is a verb that was carried out.
type Action struct {
	Verb      string
	What      string // what happens, as the line has it
	Travelled string // what travelled
	Means     string // what it came to, and what of it was expected
	Detail    map[string]any
}

// Played is a line that was carried out, for reports: nothing in it is secret.
type Played struct {
	Line   Line
	Verb   string
	Events [2]int        // positions on the timeline: from, to
	Took   time.Duration // on the machine's clock
	Result []string
	States []CardState // of all cards, behind the line; empty where Config.Watch is not set
	Kernel *Kernel     // of a purchase with a card, else nil
	Err    error
}

// storyLine is a line of a story, taken apart.
type storyLine struct {
	verb Verb
	args Args
	what string
}

// parseLine reads a line. The error does not quote it: there may be a PIN in it.
func parseLine(text string) (storyLine, error) {
	text, what, _ := strings.Cut(text, "#")
	words := strings.Fields(text)
	if len(words) == 0 {
		return storyLine{}, errors.New("a line has no verb")
	}
	verbs := Verbs()
	i := slices.IndexFunc(verbs, func(v Verb) bool { return v.Name == words[0] })
	if i < 0 {
		names := make([]string, len(verbs))
		for i, v := range verbs {
			names[i] = v.Name
		}
		return storyLine{}, fmt.Errorf("the first word of a line is no verb%s: want one of %s", hint(words[0], names), strings.Join(names, ", "))
	}
	return storyLine{verbs[i], words[1:], strings.TrimSpace(what)}, nil
}

// namesOf lists names for people.
func namesOf[T any](all []T, name func(T) string) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = name(one)
	}
	return strings.Join(names, ", ")
}

// Run plays a story up to the first step that fails, and tells of each step when it
// is over. The error is that of the step.
func (w *World) Run(ctx context.Context, steps []Step, tell func(Report) error) error {
	w.next, w.last = insertion{}, &outcome{expected: true}
	for _, s := range steps {
		r := w.play(ctx, s)
		if err := errors.Join(r.Err, tell(r)); err != nil {
			return err
		}
	}
	return nil
}

// play carries out the blocks of a step.
func (w *World) play(ctx context.Context, s Step) Report {
	w.timeline.Chapter(s.Title)
	r := Report{Step: s}
	for _, b := range s.Blocks {
		if r.Err = w.block(ctx, b, &r); r.Err != nil {
			return r
		}
	}
	if err := w.unexpected(); err != nil {
		r.Err = fmt.Errorf("end of step: %w", err)
	}
	return r
}

// block carries out the lines of a block and compares what they came to.
func (w *World) block(ctx context.Context, b Block, r *Report) error {
	want, told := b.want(w.config.Row)
	told = told || len(b.Wants) > 0 && w.config.Accept
	w.settled = told || w.config.Accept
	defer func() { w.settled = false }()
	got := []string{}
	for _, line := range b.Lines {
		lines, err := w.line(ctx, line, r)
		if err != nil {
			return &FileError{line.File, line.Number, err}
		}
		got = append(got, lines...)
	}
	r.Results = append(r.Results, got)
	if !told {
		return nil
	}
	w.last.expected = true
	if w.config.Accept || slices.Equal(got, want.Lines) {
		return nil
	}
	return differs(b, want, got)
}

// differs says how a result differs from what was wanted.
func differs(b Block, want Want, got []string) error {
	n := 0
	for n < min(len(got), len(want.Lines)) && got[n] == want.Lines[n] {
		n++
	}
	at := func(lines []string) string {
		if n < len(lines) {
			return fmt.Sprintf("%q", lines[n])
		}
		return "the end of the result"
	}
	err := fmt.Errorf("expected %s, came %s (`--update` writes down what came, for you to look at)", at(want.Lines), at(got))
	return &FileError{b.Lines[0].File, want.Number + min(n, max(len(want.Lines)-1, 0)), err}
}

// line carries out a line and keeps what reports tell of it.
func (w *World) line(ctx context.Context, line Line, r *Report) ([]string, error) {
	l, err := parseLine(line.Text)
	if err != nil {
		return nil, err
	}
	began, from, before := time.Now(), w.timeline.Len(), w.last
	result, err := w.do(ctx, l, r)
	p := Played{Line: line, Verb: l.verb.Name, Events: [2]int{from, w.timeline.Len()}, Took: time.Since(began), Result: result.transcript(), Err: err}
	if w.last != before {
		p.Kernel = w.last.kernel()
	}
	if err == nil && w.config.Watch && l.verb.Name != "expect" {
		p.States, err = w.States(ctx)
	}
	r.Played = append(r.Played, p)
	if err == nil && l.verb.Name != "scan" {
		w.played = append(w.played, line)
	}
	return p.Result, err
}

// do carries out one line, and adds what is told of it.
func (w *World) do(ctx context.Context, l storyLine, r *Report) (Result, error) {
	expects := l.verb.Looks
	if !expects {
		if err := w.unexpected(); err != nil {
			return Result{}, err
		}
		if !w.config.RealTime {
			w.clock.Advance(verbTakes)
		}
	}
	if l.what != "" {
		w.timeline.Chapter(r.Step.Title + ": " + l.what)
	}
	from := w.timeline.Len()
	result, err := l.verb.Do(ctx, w, l.args)
	if errors.Is(err, errArguments) {
		return result, fmt.Errorf("%s: %w: its form is `%s`", l.verb.Name, err, strings.TrimSpace(l.verb.Name+" "+l.verb.Usage))
	}
	if err != nil {
		return result, fmt.Errorf("%s: %w", l.verb.Name, err)
	}
	if expects {
		r.add(result)
		return result, nil
	}
	if r.told = l.what != ""; !r.told {
		return result, nil
	}
	if result.Detail == nil {
		result.Detail = map[string]any{}
	}
	travelled, err := w.travelled(from, result)
	r.Actions = append(r.Actions, Action{l.verb.Name, l.what, travelled, result.Means, result.Detail})
	return result, err
}

// add adds what was expected, and came, to what is told of the last verb.
func (r *Report) add(result Result) {
	if !r.told || result.Means == "" {
		return
	}
	last := &r.Actions[len(r.Actions)-1]
	last.Means = strings.TrimPrefix(last.Means+", "+result.Means, ", ")
	expected, _ := last.Detail["expected"].([]string)
	last.Detail["expected"] = append(expected, result.Means)
}

// unexpected returns an error where something came out that no line expects.
func (w *World) unexpected() error {
	if w.last.expected || w.settled {
		return nil
	}
	return fmt.Errorf("what came was not expected by any line: %s: add `expect %s`, or `----` below the block", w.last, w.last)
}
