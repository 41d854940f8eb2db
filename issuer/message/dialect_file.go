package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fileBytesMax bounds the size of a file with a dialect.
const fileBytesMax = 1 << 18

// Load reads a dialect from a YAML file whose schema is in docs/messages.md. The
// error says in which line something is wrong, and what to write instead.
func Load(r io.Reader) (*Dialect, error) {
	text, err := io.ReadAll(io.LimitReader(r, fileBytesMax+1))
	if err == nil && len(text) > fileBytesMax {
		err = fmt.Errorf("more than %d bytes", fileBytesMax)
	}
	var d *Dialect
	if err == nil {
		d, err = parseDialect(text)
	}
	if err != nil {
		return nil, fmt.Errorf("load dialect: %w", err)
	}
	return d, nil
}

func parseDialect(text []byte) (*Dialect, error) {
	root, err := onlyDocument(text)
	if err != nil {
		return nil, err
	}
	keys, err := mapping(root, "name", "base", "edition", "framing", "digits", "characters", "bytes", "bitmap", "chip", "elements", "messages")
	if err != nil {
		return nil, err
	}
	name, err := readName(root, keys["name"])
	if err != nil {
		return nil, err
	}
	r, err := baseRules(root, keys)
	if err != nil {
		return nil, err
	}
	for _, read := range []func(*rules, map[string]*yaml.Node) error{readCodes, readFraming, readElements, readMessages} {
		if err := read(&r, keys); err != nil {
			return nil, err
		}
	}
	if err := r.check(root); err != nil {
		return nil, err
	}
	return newDialect(name, r), nil
}

// onlyDocument returns what a file of one document holds.
func onlyDocument(text []byte) (*yaml.Node, error) {
	var document, further yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: docs/messages.md says what stands in it")
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&further); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document: a file holds one dialect")
	}
	return document.Content[0], nil
}

// atLine gives an error its line.
func atLine(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: %w", n.Line, fmt.Errorf(format, args...))
}

// mapping returns the values of a mapping by key. Each key is there at most once, and
// none that is not known.
func mapping(n *yaml.Node, known ...string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, atLine(n, "want keys with values: %s", strings.Join(known, ", "))
	}
	values := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(known, key.Value) {
			return nil, atLine(key, "%q is no key here: want %s", key.Value, strings.Join(known, ", "))
		}
		if values[key.Value] != nil {
			return nil, atLine(key, "%q is there twice", key.Value)
		}
		values[key.Value] = n.Content[i+1]
	}
	return values, nil
}

// oneOf returns the value of a name, which is one of those.
func oneOf[T any](n *yaml.Node, key string, values map[string]T) (v T, err error) {
	v, ok := values[n.Value]
	if n.Kind != yaml.ScalarNode || !ok {
		return v, atLine(n, "%s: want one of %s", key, strings.Join(slices.Sorted(maps.Keys(values)), ", "))
	}
	return v, nil
}

var dialectName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func readName(root, n *yaml.Node) (string, error) {
	switch {
	case n == nil:
		return "", atLine(root, "name: it is missing")
	case !dialectName.MatchString(n.Value):
		return "", atLine(n, "name: want up to 32 small letters, digits and hyphens, the first a letter")
	case slices.Contains(Names(), n.Value):
		return "", atLine(n, "name: %s is built in, take another", n.Value)
	}
	return n.Value, nil
}

// baseRules returns what a dialect begins with: another one, or the elements of an
// edition.
func baseRules(root *yaml.Node, keys map[string]*yaml.Node) (rules, error) {
	base, edition := keys["base"], keys["edition"]
	switch {
	case base != nil && edition != nil:
		return rules{}, atLine(edition, "edition: the base says it")
	case base != nil:
		byName := map[string]*Dialect{}
		for _, d := range dialects {
			byName[d.name] = d
		}
		d, err := oneOf(base, "base", byName)
		if err != nil {
			return rules{}, err
		}
		return d.rules, nil
	case edition == nil:
		return rules{}, atLine(root, "base: name a dialect to begin with, or an edition")
	}
	for _, key := range []string{"framing", "digits", "characters", "bytes", "bitmap", "chip", "messages"} {
		if keys[key] == nil {
			return rules{}, atLine(root, "%s: it is missing, and there is no base that says it", key)
		}
	}
	e, err := oneOf(edition, "edition", editions)
	if err != nil {
		return rules{}, err
	}
	return rules{edition: e, elements: e.elements()}, nil
}

var editions = map[string]edition{"1987": edition1987{}, "1993": edition1993{}}

// The codes of values by their names.
var (
	digitCodes     = map[string]code{"bcd": bcd{}, "ascii": octets{}, "ebcdic": ebcdicOnly.digits}
	characterCodes = map[string]code{"ascii": octets{}, "ebcdic": ebcdicOnly.characters}
	byteCodes      = map[string]code{"binary": octets{}, "hexadecimal": hexadecimal{}}
	chipForms      = map[string]chipForm{"tlv": chipTLV{}, "positional": chipAGNS{}, "positional-slot": chipAGNS{slot: true}}
)

func readCodes(r *rules, keys map[string]*yaml.Node) (err error) {
	for _, c := range []struct {
		key    string
		to     *code
		values map[string]code
	}{
		{"digits", &r.alphabet.digits, digitCodes}, {"characters", &r.alphabet.characters, characterCodes},
		{"bytes", &r.alphabet.bytes, byteCodes}, {"bitmap", &r.alphabet.bitmap, byteCodes},
	} {
		if n := keys[c.key]; n != nil {
			if *c.to, err = oneOf(n, c.key, c.values); err != nil {
				return err
			}
		}
	}
	if n := keys["chip"]; n != nil {
		r.chip, err = oneOf(n, "chip", chipForms)
	}
	return err
}

func readFraming(r *rules, keys map[string]*yaml.Node) (err error) {
	n := keys["framing"]
	if n == nil {
		return nil
	}
	if r.framing, err = FramingNamed(n.Value); err != nil {
		return atLine(n, "framing: want one of %s", strings.Join(FramingNames(), ", "))
	}
	return nil
}
