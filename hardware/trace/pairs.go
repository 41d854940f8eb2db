package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
)

// ParsePairs reads commands and answers as hexadecimal digits, as other programs
// print them. Either each second line is the answer to the line before, or a line
// has both with a tab, a comma or a semicolon between them; or marks such as "> "
// and "< " say which is which, and lines without a mark are passed over.
// docs/traces.md lists the marks. Empty lines and those that begin with # do not
// count. The error names the line and wraps emv.ErrMalformed, or is that of the
// reader.
func ParsePairs(r io.Reader) (Recording, error) {
	lines, err := readLines(r)
	if err != nil {
		return Recording{}, err
	}
	var p pairsParser
	for _, line := range lines {
		p.marked = p.marked || hasMark(line)
	}
	for i, line := range lines {
		if err := p.line(line); err != nil {
			return Recording{}, fmt.Errorf("read trace: line %d: %w", i+1, err)
		}
	}
	if err := p.finish(); err != nil {
		return Recording{}, fmt.Errorf("read trace: line %d: %w", len(lines), err)
	}
	return p.lines.recording, nil
}

// textLinesMax is the number of lines that ParsePairs reads at most.
const textLinesMax = 1 << 18

// readLines returns the lines of a text without the white space around them.
func readLines(r io.Reader) ([]string, error) {
	var lines []string
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, lineBytesMax)
	for scanner.Scan() {
		if len(lines) == textLinesMax {
			return nil, fmt.Errorf("read trace: %w", malformed(fmt.Sprintf("more than %d lines", textLinesMax)))
		}
		lines = append(lines, strings.TrimSpace(scanner.Text()))
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read trace: after line %d: %w", len(lines), err)
	}
	return lines, nil
}

// pairsParser takes lines one by one.
type pairsParser struct {
	marked bool // some line has a mark
	lines  linesParser
	word   string // what the digits at hand are, a word of the line format; empty between two
	digits string // what has come of them
	status string // the status word that belongs behind them, where it came first
	dump   bool   // the lines to come are 16 bytes with their characters behind them
}

func (p *pairsParser) line(line string) error {
	switch {
	case line == "" || line[0] == '#':
		return nil
	case p.marked:
		return p.markedLine(line)
	}
	return p.plainLine(line)
}

// plainLine reads a line of a text without marks.
func (p *pairsParser) plainLine(line string) error {
	for _, digits := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune("\t,;", c) }) {
		word := wordCommand
		if p.lines.open {
			word = wordResponse
		}
		if err := p.item(word, digits); err != nil {
			return err
		}
	}
	return nil
}

// markedLine reads a line of a text with marks. Digits alone go on with what the
// line before has begun.
func (p *pairsParser) markedLine(line string) error {
	m, rest, ok := findMark(line)
	if !ok {
		return p.goOn(line)
	}
	if err := p.end(); err != nil {
		return err
	}
	p.word, p.digits = m.word, leadingDigits(rest)
	if p.status, ok = statusBefore(rest); ok {
		p.digits, p.dump = "", true
	}
	return nil
}

// goOn takes a line without a mark: digits that go on with those before, or
// something else.
func (p *pairsParser) goOn(line string) error {
	if p.word == "" {
		return nil
	}
	digits, ok := allDigits(line)
	if p.dump {
		digits = leadingDigits(line[:min(dumpColumns, len(line))])
		ok = digits != ""
	}
	if !ok {
		return p.end()
	}
	p.digits += digits
	if len(p.digits) > lineBytesMax {
		return malformed("too many digits")
	}
	return nil
}

// end completes what the lines have begun.
func (p *pairsParser) end() error {
	word, digits := p.word, p.digits+p.status
	p.word, p.digits, p.status, p.dump = "", "", "", false
	if word == "" {
		return nil
	}
	return p.item(word, digits)
}

// finish completes the last command.
func (p *pairsParser) finish() error {
	if err := p.end(); err != nil {
		return err
	}
	switch {
	case !p.lines.open:
		return nil
	case !p.marked:
		return malformed("the last command has no answer")
	}
	return p.lines.answer(wordFailure, string(cardRemoved))
}

// item adds a command, an answer or an answer to reset. A command that got no
// answer is one whose card was gone.
func (p *pairsParser) item(word, digits string) error {
	if word != wordResponse && p.lines.open {
		if err := p.lines.answer(wordFailure, string(cardRemoved)); err != nil {
			return err
		}
	}
	b, err := parseHex(digits)
	defer secret.Wipe(b)
	switch {
	case err != nil:
		return err
	case word != wordResponse:
		return p.lines.begin(step{kind: words[word]}, b)
	case !p.lines.open:
		return malformed("an answer without a command")
	}
	return p.lines.answerBytes(b)
}

// swBytes is the length of a status word.
const swBytes = 2

// writePairs writes a line for each command and one for its answer. What is no such
// pair is a remark.
func (r Recording) writePairs(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, s := range r.steps {
		s.open(func(command, response []byte) {
			switch {
			case s.failure != "":
				fmt.Fprintf(out, "# no answer: %s: %X\n", s.failure, command)
			case s.isCommand():
				fmt.Fprintf(out, "%X\n%X\n", command, response)
			default:
				fmt.Fprintf(out, "# %s: %X\n", s.name(), response)
			}
		})
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}
