package conformance_test

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// The two elements of a pattern that stand for bytes not known beforehand.
const (
	anyByte  = -1 // "??"
	anyBytes = -2 // "*", at the end
)

// pattern is bytes, some of which may stand for any.
type pattern struct {
	elements []int
	named    []span // values without known bytes of their own, so that a match gives them some
}

// span is where a named value lies in a pattern.
type span struct {
	name       string
	start, end int
}

// environment works out expressions of bytes for one case.
type environment struct {
	definition *definition
	builtins   map[string]func() ([]byte, error)
	bound      map[string][]byte // values that a match has given
	err        error             // of a field of a signed object
	depth      int
}

// expressionDepthMax bounds how deep names refer to names.
const expressionDepthMax = 40

// bytes works out an expression that has no unknown bytes.
func (e *environment) bytes(expression string) ([]byte, error) {
	p, err := e.pattern(expression)
	if err != nil {
		return nil, err
	}
	b := make([]byte, len(p.elements))
	for i, element := range p.elements {
		if element < 0 {
			return nil, fmt.Errorf("%q has unknown bytes", expression)
		}
		b[i] = byte(element)
	}
	return b, nil
}

// value works out a named value; absent is nil.
func (e *environment) value(name string) ([]byte, error) {
	if _, ok := e.definition.values[name]; !ok {
		return nil, nil
	}
	return e.bytes("@" + name)
}

// pattern works out an expression: hexadecimal digits, "text", ?? and *, @name,
// TAG=value, and TAG{ ... } or #{ ... } around more of the same, # being the
// length in one byte.
func (e *environment) pattern(expression string) (pattern, error) {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > expressionDepthMax {
		return pattern{}, fmt.Errorf("%q refers to itself", expression)
	}
	p, rest, err := e.sequence(fields(expression), false)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q has a brace too many", expression)
	}
	return p, err
}

// sequence reads words up to the closing brace, or to the end.
func (e *environment) sequence(words []string, inner bool) (p pattern, rest []string, err error) {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if word == "}" {
			if !inner {
				return p, append([]string{word}, words...), nil
			}
			return p, words, nil
		}
		var part pattern
		if open, ok := strings.CutSuffix(word, "{"); ok {
			var body pattern
			if body, words, err = e.sequence(words, true); err == nil {
				part, err = wrap(open, body)
			}
		} else {
			part, err = e.word(word)
		}
		if err != nil {
			return p, nil, err
		}
		p.join(part)
	}
	if inner {
		return p, nil, fmt.Errorf("a brace is not closed")
	}
	return p, nil, nil
}

func (p *pattern) join(o pattern) {
	for _, s := range o.named {
		p.named = append(p.named, span{s.name, s.start + len(p.elements), s.end + len(p.elements)})
	}
	p.elements = append(p.elements, o.elements...)
}

// wrap puts tag and length, or the length alone, before a body.
func wrap(open string, body pattern) (pattern, error) {
	var head []byte
	if open != "#" {
		tag, err := emv.ParseTag(open)
		if err != nil {
			return pattern{}, fmt.Errorf("%s{: %w", open, err)
		}
		whole := tlv.Append(nil, tag, make([]byte, len(body.elements)))
		head = whole[:len(whole)-len(body.elements)]
	} else {
		head = []byte{byte(len(body.elements))}
	}
	p := literal(head)
	p.join(body)
	return p, nil
}

func literal(b []byte) pattern {
	var p pattern
	for _, one := range b {
		p.elements = append(p.elements, int(one))
	}
	return p
}

// word works out one word.
func (e *environment) word(word string) (pattern, error) {
	switch {
	case word == "*":
		return pattern{elements: []int{anyBytes}}, nil
	case strings.HasPrefix(word, `"`):
		return literal([]byte(strings.Trim(word, `"`))), nil
	case strings.HasPrefix(word, "@"):
		return e.named(word[1:])
	}
	if tag, value, ok := strings.Cut(word, "="); ok {
		body, err := e.pattern(value)
		if err != nil {
			return pattern{}, err
		}
		return wrap(tag, body)
	}
	if strings.Trim(word, "?") == "" && len(word)%2 == 0 {
		p := pattern{}
		for range len(word) / 2 {
			p.elements = append(p.elements, anyByte)
		}
		return p, nil
	}
	b, err := hex.DecodeString(word)
	if err != nil {
		return pattern{}, fmt.Errorf("%q is no bytes", word)
	}
	return literal(b), nil
}

// named works out a named value, or a list of data objects.
func (e *environment) named(name string) (pattern, error) {
	if b, ok := e.bound[name]; ok {
		return literal(b), nil
	}
	if text, ok := e.definition.values[name]; ok {
		p, err := e.pattern(text)
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
		if unknown(p) {
			p.named = []span{{name, 0, len(p.elements)}}
		}
		return p, nil
	}
	if list, ok := e.definition.lists[name]; ok {
		var p pattern
		for _, o := range list {
			part, err := e.word(o.tag + "=" + o.value)
			if err != nil {
				return p, fmt.Errorf("%s: %s: %w", name, o.tag, err)
			}
			p.join(part)
		}
		return p, nil
	}
	if function, ok := e.builtins[name]; ok {
		b, err := function()
		if err != nil {
			return pattern{}, fmt.Errorf("%s: %w", name, err)
		}
		return literal(b), nil
	}
	return pattern{}, fmt.Errorf("no value, list or function named %s", name)
}

// unknown reports whether a pattern is nothing but bytes that may be any.
func unknown(p pattern) bool {
	for _, element := range p.elements {
		if element != anyByte {
			return false
		}
	}
	return len(p.elements) > 0
}

// match compares bytes with a pattern and binds the names within.
func (e *environment) match(p pattern, b []byte) bool {
	for i, element := range p.elements {
		if element == anyBytes {
			return true
		}
		if i >= len(b) || element != anyByte && element != int(b[i]) {
			return false
		}
	}
	if len(b) != len(p.elements) {
		return false
	}
	for _, s := range p.named {
		e.bound[s.name] = append([]byte(nil), b[s.start:s.end]...)
	}
	return true
}

// String returns the pattern as digits.
func (p pattern) String() string {
	var b strings.Builder
	for _, element := range p.elements {
		switch element {
		case anyByte:
			b.WriteString("??")
		case anyBytes:
			b.WriteString("*")
		default:
			fmt.Fprintf(&b, "%02X", element)
		}
	}
	return b.String()
}
