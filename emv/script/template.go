package script

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// The tags of issuer scripts. EMV Book 3, Annex A.
const (
	tagTemplate1  emv.Tag = 0x71
	tagTemplate2  emv.Tag = 0x72
	tagCommand    emv.Tag = 0x86
	tagIdentifier emv.Tag = 0x9F18
)

// Phase says when the terminal sends the commands of a template to the card.
type Phase uint8

// The phases. EMV Book 3, 10.10.
const (
	BeforeFinalAC Phase = iota + 1 // template 71, before the second GENERATE AC
	AfterFinalAC                   // template 72, after it
)

// tag returns the tag of the template.
func (p Phase) tag() emv.Tag {
	if p == BeforeFinalAC {
		return tagTemplate1
	}
	return tagTemplate2
}

// Template is an issuer script: commands for the card under one identifier. EMV
// Book 3, 10.10 and Annex A (tags 71, 72, 86, 9F18).
type Template struct {
	Phase      Phase
	Identifier []byte   // emv.ScriptIdentifierSize bytes, or nil where there is none
	Commands   [][]byte // one or more command APDUs, in their order, unexamined
}

// scriptBytesMax is the most, in bytes, that all templates of an answer may have
// together: more than this a terminal need not take. EMV Book 4, from memory.
const scriptBytesMax = 128

// EncodeTemplates returns the templates of one answer, in their order. It
// refuses more than 128 bytes in all, and a template without a command, with an
// empty one or with an identifier that has not 4 bytes.
func EncodeTemplates(templates ...Template) ([]byte, error) {
	var b []byte
	for i, t := range templates {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("encode script template %d: %w", i+1, err)
		}
		b = t.append(b)
	}
	if len(b) > scriptBytesMax {
		return nil, fmt.Errorf("encode script templates: %d bytes, at most %d", len(b), scriptBytesMax)
	}
	return b, nil
}

func (t Template) check() error {
	if t.Phase != BeforeFinalAC && t.Phase != AfterFinalAC {
		return fmt.Errorf("phase %d is unknown: %w", t.Phase, emv.ErrMalformed)
	}
	if t.Identifier != nil && len(t.Identifier) != emv.ScriptIdentifierSize {
		return fmt.Errorf("identifier of %d bytes, want %d: %w", len(t.Identifier), emv.ScriptIdentifierSize, emv.ErrMalformed)
	}
	if len(t.Commands) == 0 {
		return fmt.Errorf("it holds no command: %w", emv.ErrMalformed)
	}
	for i, c := range t.Commands {
		if len(c) == 0 {
			return fmt.Errorf("command %d is empty: %w", i+1, emv.ErrMalformed)
		}
	}
	return nil
}

func (t Template) append(dst []byte) []byte {
	var content []byte
	if t.Identifier != nil {
		content = tlv.Append(content, tagIdentifier, t.Identifier)
	}
	for _, c := range t.Commands {
		content = tlv.Append(content, tagCommand, c)
	}
	return tlv.Append(dst, t.Phase.tag(), content)
}

// ParseTemplates returns the templates among the data objects of b, in their
// order and with repeats; other data objects are passed over. It is strict: a
// template holds at most one identifier, which stands first, and at least one
// command. The error wraps emv.ErrMalformed. Identifier and commands share the
// memory of b. (A terminal is more lenient and does not use this.)
func ParseTemplates(b []byte) ([]Template, error) {
	var templates []Template
	for e, err := range tlv.Elements(b) {
		if err != nil {
			return nil, fmt.Errorf("parse script templates: %w", err)
		}
		phase := BeforeFinalAC
		switch e.Tag {
		case tagTemplate1:
		case tagTemplate2:
			phase = AfterFinalAC
		default:
			continue
		}
		t, err := parseTemplate(phase, e.Value)
		if err != nil {
			return nil, fmt.Errorf("parse script template %s: %w", e.Tag, err)
		}
		templates = append(templates, t)
	}
	return templates, nil
}

func parseTemplate(phase Phase, b []byte) (Template, error) {
	t := Template{Phase: phase}
	for e, err := range tlv.Elements(b) {
		switch {
		case err != nil:
			return Template{}, err
		case e.Tag == tagCommand:
			t.Commands = append(t.Commands, e.Value)
		case e.Tag == tagIdentifier && t.Identifier == nil && t.Commands == nil:
			t.Identifier = e.Value
		default:
			return Template{}, fmt.Errorf("%s where it may not stand: %w", e.Tag, emv.ErrMalformed)
		}
	}
	return t, t.check()
}
