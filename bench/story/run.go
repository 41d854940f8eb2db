package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Step is a part of a story.
type Step struct {
	Name  string // for programs
	Title string
	Lines []string // each a verb with arguments, and what happens behind #
}

// Report is what became of a step.
type Report struct {
	Step    Step
	Actions []Action // those that are told
	Err     error    // nil where all was as expected

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
		return storyLine{}, fmt.Errorf("the first word of a line is no verb: want one of %s", namesOf(verbs, func(v Verb) string { return v.Name }))
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

// Check reads all lines of a story without doing anything.
func Check(steps []Step) error {
	for _, s := range steps {
		for n, text := range s.Lines {
			if _, err := parseLine(text); err != nil {
				return fmt.Errorf("read story: step %s, line %d: %w", s.Name, n+1, err)
			}
		}
	}
	return nil
}

// Run plays a story up to the first step that fails, and tells of each step when it
// is over. The error is that of the step.
func (w *World) Run(ctx context.Context, steps []Step, tell func(Report) error) error {
	if err := Check(steps); err != nil {
		return err
	}
	w.next, w.last = insertion{}, &outcome{expected: true}
	for _, s := range steps {
		r := w.play(ctx, s)
		if err := errors.Join(r.Err, tell(r)); err != nil {
			return err
		}
	}
	return nil
}

// play carries out the lines of a step.
func (w *World) play(ctx context.Context, s Step) Report {
	w.timeline.Chapter(s.Title)
	r := Report{Step: s}
	for n, text := range s.Lines {
		l, err := parseLine(text)
		if err == nil {
			err = w.do(ctx, l, &r)
		}
		if err != nil {
			r.Err = fmt.Errorf("line %d, %s: %w", n+1, l.verb.Name, err)
			return r
		}
		if l.verb.Name != "scan" {
			w.played = append(w.played, text)
		}
	}
	if err := w.unexpected(); err != nil {
		r.Err = fmt.Errorf("end of step: %w", err)
	}
	return r
}

// do carries out one line, and adds what is told of it.
func (w *World) do(ctx context.Context, l storyLine, r *Report) error {
	expects := l.verb.Name == "expect"
	if !expects {
		if err := w.unexpected(); err != nil {
			return err
		}
		w.clock.Advance(verbTakes)
	}
	if l.what != "" {
		w.timeline.Chapter(r.Step.Title + ": " + l.what)
	}
	from := w.timeline.Len()
	result, err := l.verb.Do(ctx, w, l.args)
	if errors.Is(err, errArguments) {
		return fmt.Errorf("%w: its form is `%s`", err, strings.TrimSpace(l.verb.Name+" "+l.verb.Usage))
	}
	if err != nil {
		return err
	}
	if expects {
		r.add(result)
		return nil
	}
	if r.told = l.what != ""; !r.told {
		return nil
	}
	if result.Detail == nil {
		result.Detail = map[string]any{}
	}
	travelled, err := w.travelled(from, result)
	r.Actions = append(r.Actions, Action{l.verb.Name, l.what, travelled, result.Means, result.Detail})
	return err
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
	if w.last.expected {
		return nil
	}
	return fmt.Errorf("what came was not expected by any line: %s", w.last)
}
