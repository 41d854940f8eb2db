package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Format is a form in which recordings are kept. docs/traces.md describes them.
type Format string

// The formats. Text and JSON are for people and machines, and are read by neither;
// JSON with the bytes of a test card is.
const (
	Text  Format = "text"
	JSON  Format = "json"
	Lines Format = "lines"
	Pairs Format = "pairs"
	Pcap  Format = "pcap"
)

// FormatOf returns the format that the end of a file's name asks for: .json, .lines,
// .hex or .pcap. Any other is Text.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return JSON
	case ".lines":
		return Lines
	case ".hex":
		return Pairs
	case ".pcap":
		return Pcap
	}
	return Text
}

// Write writes the recording masked: in words where the format has some, else with
// EE in the place of what is hidden.
func (r Recording) Write(w io.Writer, f Format) error {
	switch f {
	case Text:
		return r.WriteText(w)
	case JSON:
		return writeJSON(w, r.MarshalJSON)
	}
	return r.masked().WriteUnmaskedOfTestCard(w, f)
}

// WriteUnmaskedOfTestCard writes the bytes as they are, account numbers and PIN
// blocks included: use it for test cards alone. Text has no such form.
func (r Recording) WriteUnmaskedOfTestCard(w io.Writer, f Format) error {
	switch f {
	case JSON:
		return writeJSON(w, r.UnmaskedJSONOfTestCard)
	case Lines:
		return r.UnmaskedLinesOfTestCard(w)
	case Pairs:
		return r.writePairs(w)
	case Pcap:
		return r.writePcap(w)
	}
	return fmt.Errorf("write trace: there is no unmasked form of %s: want %s, %s, %s or %s", f, Lines, Pairs, Pcap, JSON)
}

func writeJSON(w io.Writer, marshal func() ([]byte, error)) error {
	b, err := marshal()
	if err != nil {
		return err
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}

// fileBytesMax is the longest file that Read takes, in bytes.
const fileBytesMax = 1 << 26

// Read reads a recording in any of the formats that hold its bytes, and says which
// it is.
func Read(r io.Reader) (Recording, Format, error) {
	b, err := io.ReadAll(io.LimitReader(r, fileBytesMax+1))
	switch {
	case err != nil:
		return Recording{}, "", fmt.Errorf("read trace: %w", err)
	case len(b) > fileBytesMax:
		return Recording{}, "", fmt.Errorf("read trace: %w", malformed(fmt.Sprintf("more than %d bytes", fileBytesMax)))
	}
	f := recognise(b)
	recording, err := parsers[f](bytes.NewReader(b))
	if err == nil && recording.Len() == 0 {
		err = fmt.Errorf("read trace: %w", malformed("there is no command in it"))
	}
	return recording, f, err
}

// parsers are the readers of the formats.
var parsers = map[Format]func(io.Reader) (Recording, error){
	JSON: parseJSON, Lines: ParseLines, Pairs: ParsePairs, Pcap: ParsePcap, Text: refuseText,
}

// errText says that a masked text can not be read.
var errText = errors.New("this is the text for people, which has no bytes: record in another format")

func refuseText(io.Reader) (Recording, error) {
	return Recording{}, fmt.Errorf("read trace: %w", errText)
}

// recognise tells the formats apart by how they begin.
func recognise(b []byte) Format {
	if _, ok := pcapOrder(b); ok {
		return Pcap
	}
	if text := bytes.TrimSpace(b); len(text) > 0 && text[0] == '{' {
		return JSON
	}
	for line := range bytes.Lines(b) {
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		word, _, _ := strings.Cut(text, ":")
		_, begins := words[word]
		switch {
		case strings.HasPrefix(text, "1  "):
			return Text
		case begins && word != wordColdReset, word == wordResponse:
			return Lines
		case word != wordColdReset:
			return Pairs
		}
	}
	return Lines
}

// parseJSON reads what UnmaskedJSONOfTestCard writes.
func parseJSON(r io.Reader) (Recording, error) {
	var d document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return Recording{}, fmt.Errorf("read trace: %w", malformed("this is no JSON of a trace")) // the decoder's own error quotes
	}
	var p linesParser
	for _, v := range d.Steps {
		if err := p.view(v); err != nil {
			return Recording{}, fmt.Errorf("read trace: step %d: %w", len(p.recording.steps)+1, err)
		}
	}
	return p.recording, nil
}

// view adds a step that JSON tells of.
func (p *linesParser) view(v view) error {
	word, digits := wordCommand, v.UnmaskedCommand
	switch {
	case v.Reset == "cold":
		word, digits = wordColdReset, v.ATR
	case v.Reset == "warm":
		word, digits = wordWarmReset, v.ATR
	case v.PINPad:
		word = wordPINPad
	}
	b, err := parseHex(digits)
	if err != nil {
		return err
	}
	if len(b) == 0 && v.Reset == "" {
		return malformed("masked JSON has no bytes: record it unmasked, in lines, pairs or pcap")
	}
	if err := p.begin(step{kind: words[word]}, b); err != nil || !p.open {
		return err
	}
	if v.Error != "" {
		return p.answer(wordFailure, v.Error)
	}
	return p.answer(wordResponse, v.UnmaskedResponse)
}
