package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineError is something wrong in a line of a file.
type lineError struct {
	line  int
	cause error
}

// Error begins with the line.
func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.cause) }

// Unwrap returns the cause.
func (e *lineError) Unwrap() error { return e.cause }

// atLine gives an error the line of a node and the key that stands there, or "",
// unless a line within is known.
func atLine(n *yaml.Node, key string, err error) error {
	if inner := (*lineError)(nil); err == nil || errors.As(err, &inner) {
		return err
	}
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	return &lineError{n.Line, err}
}

// field is a key of a mapping and what reads its value.
type field struct {
	key      string
	optional bool
	read     func(*yaml.Node) error
}

func required(key string, read func(*yaml.Node) error) field { return field{key: key, read: read} }

func optional(key string, read func(*yaml.Node) error) field {
	return field{key: key, optional: true, read: read}
}

// readMapping reads the fields of a mapping in the order given, whatever their
// order in the file. Each key is there at most once, and none that is no field.
func readMapping(n *yaml.Node, fields ...field) error {
	values, err := valuesOf(n, fields)
	if err != nil {
		return err
	}
	for _, f := range fields {
		value, ok := values[f.key]
		if !ok && f.optional {
			continue
		}
		if !ok {
			return atLine(n, f.key, errors.New("is missing"))
		}
		if err := f.read(value); err != nil {
			return atLine(value, f.key, err)
		}
	}
	return nil
}

var errTwice = errors.New("is there twice")

// valuesOf returns the values of a mapping by their keys.
func valuesOf(n *yaml.Node, fields []field) (map[string]*yaml.Node, error) {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	if n.Kind != yaml.MappingNode {
		return nil, atLine(n, "", fmt.Errorf("want lines `key: value` with the keys %s", strings.Join(keys, ", ")))
	}
	values := make(map[string]*yaml.Node, len(fields))
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(keys, key.Value) {
			return nil, atLine(key, "", fmt.Errorf("unknown key %.40q, want one of %s", key.Value, strings.Join(keys, ", ")))
		}
		if values[key.Value] != nil {
			return nil, atLine(key, key.Value, errTwice)
		}
		values[key.Value] = n.Content[i+1]
	}
	return values, nil
}

// readList reads each item of a list.
func readList(n *yaml.Node, read func(*yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return errors.New("want a list: [one, another], or a line `- item` for each")
	}
	for _, item := range n.Content {
		if err := read(item); err != nil {
			return atLine(item, "", err)
		}
	}
	return nil
}

// readText returns the value of a node that is text. YAML takes bare digits for
// a number, whose leading zeros other tools drop: they are to stand in quotes.
func readText(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return "", errors.New(`want text; digits stand in quotes, as in "0978"`)
	}
	return n.Value, nil
}
