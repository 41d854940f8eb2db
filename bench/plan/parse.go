package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
)

// The bounds of a plan.
const (
	faultsMax = 100
	numberMax = 1_000_000
	bytesMax  = 10_000
	delayMax  = 24 * time.Hour
)

// ParsePlan reads a plan: one fault to a line, or with semicolons between them. Empty
// lines and what follows a # are skipped. The error names the fault.
func ParsePlan(text string) (Plan, error) {
	var plan Plan
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for one := range strings.SplitSeq(line, ";") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			f, err := Parse(one)
			if err != nil {
				return nil, err
			}
			if len(plan) == faultsMax {
				return nil, fmt.Errorf("parse plan: more than %d faults", faultsMax)
			}
			plan = append(plan, f)
		}
	}
	return plan, nil
}

// Parse reads one fault. A number that is left out is 1.
func Parse(line string) (f Fault, err error) {
	words := strings.Fields(line)
	switch {
	case len(words) < 2:
		err = errors.New("want card, line, kill, host or terminal, and what happens there")
	case words[0] == "card" && words[1] == "cut":
		f, err = parseCut(words[2:])
	case words[0] == "card":
		f.Kind = CardFault
		f.Card, err = fault.Parse(strings.Join(words[1:], " "))
	case words[0] == "line":
		f, err = ParseLine(words[1:])
	case words[0] == "kill":
		f, err = parseKill(words[1:])
	case words[0] == "host" && words[1] == "disk-full":
		f, err = numbered(Fault{Kind: HostFull}, words[2:])
	case words[0] == "terminal" && words[1] == "disk-full":
		f, err = numbered(Fault{Kind: TerminalFull}, words[2:])
	case words[0] == "host" && words[1] == "slow":
		f, err = parseSlow(words[2:])
	default:
		err = fmt.Errorf("%q is none of card, line, kill, host disk-full, host slow and terminal disk-full", strings.Join(words[:2], " "))
	}
	if err != nil {
		return Fault{}, fmt.Errorf("parse fault: %w", err)
	}
	return f, nil
}

// numbered takes the number at the end of a fault, and wants nothing behind it.
func numbered(f Fault, words []string) (Fault, error) {
	f.Number = 1
	if len(words) == 0 {
		return f, nil
	}
	n, err := number(words[0], 1, numberMax)
	f.Number = n
	if err == nil && len(words) > 1 {
		err = fmt.Errorf("%q is one word too many", words[1])
	}
	return f, err
}

func number(word string, least, most int) (int, error) {
	n, err := strconv.Atoi(word)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is no number from %d to %d", word, least, most)
	}
	return n, nil
}

// parseCut reads WRITE/MOMENT [N].
func parseCut(words []string) (Fault, error) {
	if len(words) == 0 {
		return Fault{}, errors.New("cut wants a write of the card and a moment, such as script/torn")
	}
	write, moment, _ := strings.Cut(words[0], "/")
	p := card.Point{Write: card.Write(write), Moment: card.Moment(moment)}
	if !slices.Contains(card.Writes(), p.Write) || !slices.Contains(card.Moments(), p.Moment) {
		return Fault{}, fmt.Errorf("%q is no write of a card with a moment: the writes are %v, the moments %v", words[0], card.Writes(), card.Moments())
	}
	return numbered(Fault{Kind: CardCut, Point: p}, words[1:])
}

// parseKill reads host|terminal before|after [N]; a terminal that is killed at a number
// alone is so behind that write.
func parseKill(words []string) (Fault, error) {
	if len(words) == 2 && words[0] == "terminal" && strings.Trim(words[1], "0123456789") == "" {
		words = []string{words[0], "after", words[1]}
	}
	kinds := map[string]Kind{"host": KillHost, "terminal": KillTerminal}
	if len(words) < 2 || kinds[words[0]] == 0 || words[1] != "before" && words[1] != "after" {
		return Fault{}, errors.New("kill wants host or terminal, then before or after, such as: kill host after")
	}
	return numbered(Fault{Kind: kinds[words[0]], After: words[1] == "after"}, words[2:])
}

// slowDefault is longer than an answer is awaited.
const slowDefault = 30 * time.Second

// parseSlow reads [N] [DURATION].
func parseSlow(words []string) (Fault, error) {
	last := len(words) - 1
	if last < 0 || strings.Trim(words[last], "0123456789") == "" {
		return numbered(Fault{Kind: HostSlow, Delay: slowDefault}, words)
	}
	d, err := time.ParseDuration(words[last])
	if err != nil || d <= 0 || d > delayMax {
		return Fault{}, fmt.Errorf("%q is no duration up to %s", words[last], delayMax)
	}
	return numbered(Fault{Kind: HostSlow, Delay: d}, words[:last])
}

// ParseLine reads what happens to a message on the line: ACTION[=BYTES] MESSAGE [N]
// [stay], where MESSAGE is request, answer, advice, reversal, a message type, or
// AnyMessage.
func ParseLine(words []string) (Fault, error) {
	f := Fault{Kind: Line}
	if n := len(words); n > 0 && words[n-1] == "stay" {
		f.Stay, words = true, words[:n-1]
	}
	if len(words) < 2 {
		return f, fmt.Errorf("want one of %v, then a message, such as: line lose answer", Actions())
	}
	action, bytes, counted := strings.Cut(words[0], "=")
	f.Action, f.Message = Action(action), words[1]
	if !slices.Contains(Actions(), f.Action) {
		return f, fmt.Errorf("%q is none of %v", action, Actions())
	}
	if err := f.parseBytes(bytes, counted); err != nil {
		return f, err
	}
	_, named := kinds[f.Message]
	if !named && f.Message != AnyMessage && (len(f.Message) != typeDigits || strings.Trim(f.Message, "0123456789") != "") {
		return f, fmt.Errorf("%q is neither request, answer, advice, reversal, %s nor a message type of four digits", f.Message, AnyMessage)
	}
	return numbered(f, words[2:])
}

// parseBytes reads the number behind an action.
func (f *Fault) parseBytes(word string, there bool) (err error) {
	switch {
	case f.Action == Cut && !there:
		return errors.New("cut wants the number of bytes that arrive, such as: line cut=20 answer")
	case there && f.Action != Cut && f.Action != Corrupt:
		return fmt.Errorf("%s has no number of bytes", f.Action)
	case there:
		f.Bytes, err = number(word, 0, bytesMax)
	}
	return err
}
