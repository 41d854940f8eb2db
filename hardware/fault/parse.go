package fault

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The bounds of the text of a plan.
const (
	faultsMax    = 10_000
	lineBytesMax = 1_000
)

// ParsePlan reads a plan: one fault to a line. Empty lines and what follows a #
// are skipped. The error names the line.
func ParsePlan(text string) (Plan, error) {
	plan := Plan{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		f, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if len(plan) == faultsMax {
			return nil, fmt.Errorf("line %d: parse plan: more than %d faults", number, faultsMax)
		}
		plan = append(plan, f)
	}
	return plan, nil
}

// Parse reads one fault. Words are separated by any white space; a name without
// a number is the first command of that name.
func Parse(line string) (Fault, error) {
	if len(line) > lineBytesMax {
		return Fault{}, fmt.Errorf("parse fault: line is longer than %d bytes", lineBytesMax)
	}
	w := &words{left: strings.Fields(line)}
	f := w.fault()
	if w.err == nil && len(w.left) > 0 {
		w.fail("%q is one word too many", w.left[0])
	}
	if w.err == nil {
		w.err = f.check()
	}
	if w.err != nil {
		return Fault{}, fmt.Errorf("parse fault: %w", w.err)
	}
	return f, nil
}

// words are those of a line that were not read yet. After an error they read
// as nothing.
type words struct {
	left []string
	err  error
}

func (w *words) fail(format string, a ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, a...)
	}
}

// fault reads an action with its point and what belongs to it.
func (w *words) fault() Fault {
	switch verb := w.next("an action"); verb {
	case "pull":
		return Fault{Action: w.either("before", PullBefore, "after", PullAfter), Point: w.point(0)}
	case "mute":
		return Fault{Action: w.either("before", MuteBefore, "after", MuteAfter), Point: w.point(0)}
	case "delay":
		return Fault{Action: Delay, Point: w.point(1), Delay: w.duration()}
	case "alter":
		f := Fault{Action: w.either("command", AlterCommand, "response", AlterResponse), Point: w.point(4)}
		w.expect("xor")
		f.Bytes = w.hex()
		w.expect("at")
		f.Offset = w.number("an offset")
		return f
	case "status":
		return Fault{Action: Status, Point: w.point(1), Bytes: w.hex()}
	case "swallow":
		f := Fault{Action: Swallow, Point: w.point(2)}
		w.expect("answer")
		f.Bytes = w.hex()
		return f
	default:
		w.fail("unknown action %q; there are pull, mute, delay, alter, status and swallow", verb)
		return Fault{}
	}
}

// next takes a word.
func (w *words) next(what string) string {
	if len(w.left) == 0 {
		w.fail("%s is missing", what)
	}
	if w.err != nil {
		return ""
	}
	word := w.left[0]
	w.left = w.left[1:]
	return word
}

func (w *words) expect(want string) {
	if got := w.next(strconv.Quote(want)); got != want {
		w.fail("%q, want %q", got, want)
	}
}

// either takes one of two words and returns what it stands for.
func (w *words) either(a string, ifA Action, b string, ifB Action) Action {
	switch got := w.next(fmt.Sprintf("%q or %q", a, b)); got {
	case a:
		return ifA
	case b:
		return ifB
	default:
		w.fail("%q, want %q or %q", got, a, b)
		return 0
	}
}

// point takes "5", "GENERATE_AC", "GENERATE_AC 2" or "every GENERATE_AC". The
// last words of the line, as many as needed, are not part of it: they tell the
// 6983 of "status VERIFY 6983" from a number.
func (w *words) point(needed int) Point {
	first := w.next("a command")
	if first == "every" {
		return Point{Name: w.next("the name of a command"), Every: true}
	}
	if isNumber(first) {
		return Point{Number: w.parseNumber(first)}
	}
	if len(w.left) > needed && isNumber(w.left[0]) {
		return Point{Name: first, Number: w.number("a number")}
	}
	return Point{Name: first, Number: 1}
}

func isNumber(word string) bool { return word != "" && strings.Trim(word, "0123456789") == "" }

func (w *words) number(what string) int { return w.parseNumber(w.next(what)) }

func (w *words) parseNumber(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil || !isNumber(word) || n > numberMax {
		w.fail("%q is no number up to %d", word, numberMax)
	}
	return n
}

func (w *words) duration() time.Duration {
	word := w.next("a duration")
	d, err := time.ParseDuration(word)
	if err != nil {
		w.fail("%q is no duration such as 200ms or 3s", word)
	}
	return d
}

func (w *words) hex() []byte {
	b, err := hex.DecodeString(w.next("hexadecimal digits"))
	if err != nil {
		w.err = errors.New("want pairs of hexadecimal digits")
	}
	return b
}
