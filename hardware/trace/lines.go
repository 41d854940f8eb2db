package trace

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// The words before the colon in the line format.
const (
	wordColdReset = "ATR"
	wordWarmReset = "warm ATR"
	wordCommand   = "C"
	wordPINPad    = "P"
	wordResponse  = "R"
	wordFailure   = "E"
)

// lineBytesMax is the length of the longest line that ParseLines takes, in
// characters: room for an extended APDU, which EMV does not use.
const lineBytesMax = 1 << 18

// words are the words that begin a step.
var words = map[string]kind{wordColdReset: coldReset, wordWarmReset: warmReset, wordCommand: exchange, wordPINPad: pinPad}

// ParseLines reads the line format: "C: " and "R: " with the hexadecimal digits
// of a command and of its response, "E: " with the reason where none came, and
// "ATR: " for a cold reset. Empty lines and those that begin with # are skipped.
// The error names the line and wraps emv.ErrMalformed, or is that of the reader.
func ParseLines(r io.Reader) (Recording, error) {
	p := linesParser{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineBytesMax)
	number := 0
	for lines.Scan() {
		number++
		if err := p.line(strings.TrimSpace(lines.Text())); err != nil {
			return Recording{}, fmt.Errorf("read trace: line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return Recording{}, fmt.Errorf("read trace: after line %d: %w", number, err)
	}
	if p.open {
		return Recording{}, fmt.Errorf("read trace: line %d: %w", number, malformed("the last command has no answer"))
	}
	return p.recording, nil
}

// linesParser takes lines one by one.
type linesParser struct {
	recording Recording
	open      bool // the last step is a command that waits for its answer
}

func (p *linesParser) line(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	word, rest, found := strings.Cut(line, ":")
	if !found {
		return malformed("no colon")
	}
	if word == wordResponse || word == wordFailure {
		return p.answer(word, strings.TrimSpace(rest))
	}
	k, known := words[word]
	if !known {
		return malformed("unknown word before the colon")
	}
	if p.open {
		return malformed("the command before has no answer")
	}
	b, err := parseHex(rest)
	if err != nil {
		return err
	}
	return p.begin(step{kind: k}, b)
}

// begin adds a step: a whole one for a cold reset, else one whose answer is to
// come. A warm reset has its answer in the line as well, or none.
func (p *linesParser) begin(s step, b []byte) error {
	defer secret.Wipe(b)
	if len(p.recording.steps) == stepsMax {
		return malformed(fmt.Sprintf("more than %d steps", stepsMax))
	}
	switch {
	case s.isCommand() && len(b) == 0:
		return malformed("empty command")
	case s.isCommand():
		s.command, p.open = secret.New(b), true
	case s.kind == warmReset && len(b) == 0:
		p.open = true
	default:
		s.response = secret.New(b)
	}
	p.recording.steps = append(p.recording.steps, s)
	return nil
}

// answer completes the last step.
func (p *linesParser) answer(word, rest string) error {
	if !p.open {
		return malformed("an answer without a command")
	}
	p.open = false
	last := &p.recording.steps[len(p.recording.steps)-1]
	if word == wordFailure {
		last.failure = failure(rest)
		if !last.failure.known() {
			return malformed("unknown reason")
		}
		return nil
	}
	if last.kind == warmReset {
		return malformed("an answer without a command")
	}
	b, err := parseHex(rest)
	last.response = secret.New(b)
	secret.Wipe(b)
	return err
}

// answerBytes completes the last step, a command, with an answer.
func (p *linesParser) answerBytes(b []byte) error {
	if len(b) < swBytes {
		return malformed("an answer without a status word")
	}
	p.open = false
	p.recording.steps[len(p.recording.steps)-1].response = secret.New(b)
	return nil
}

// parseHex reads digits with or without spaces between them.
func parseHex(digits string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(digits), " ", ""))
	if err != nil {
		return nil, malformed("want pairs of hexadecimal digits") // hex's own error quotes the input
	}
	return b, nil
}

func malformed(what string) error { return fmt.Errorf("%s: %w", what, emv.ErrMalformed) }

// UnmaskedLinesOfTestCard writes the line format that ParseLines reads. It shows
// everything, account numbers and PIN blocks included: use it for test cards
// alone. Times are left out.
func (r Recording) UnmaskedLinesOfTestCard(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, s := range r.steps {
		s.open(func(command, response []byte) {
			switch s.kind {
			case coldReset:
				fmt.Fprintf(out, "%s: %X\n", wordColdReset, response)
			case warmReset:
				fmt.Fprintf(out, "%s: %X\n", wordWarmReset, response)
			case exchange:
				fmt.Fprintf(out, "%s: %X\n", wordCommand, command)
			case pinPad:
				fmt.Fprintf(out, "%s: %X\n", wordPINPad, command)
			}
			switch {
			case s.failure != "":
				fmt.Fprintf(out, "%s: %s\n", wordFailure, s.failure)
			case s.isCommand():
				fmt.Fprintf(out, "%s: %X\n", wordResponse, response)
			}
		})
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}
