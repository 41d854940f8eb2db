package perso

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// UnmarshalYAML reads two bytes or the names of bits.
func (t *aipText) UnmarshalYAML(n *yaml.Node) error { return readBits(&t.AIP, n) }

// UnmarshalYAML reads two bytes or the names of bits.
func (t *aucText) UnmarshalYAML(n *yaml.Node) error { return readBits(&t.AUC, n) }

// bitField is a bit field with the bits that have a meaning.
type bitField[F emv.Field] interface {
	emv.Field
	Bits() []emv.Bit[F]
}

// readBits reads a bit field: its bytes as hexadecimal digits, or a list of the
// names of bits.
func readBits[F bitField[F]](into *F, n *yaml.Node) error {
	names := bitsByName[F]()
	want := fmt.Sprintf("%d hexadecimal digits, or a list of bits: %s", 2*len(*into), strings.Join(sortedKeys(names), ", "))
	if n.Kind != yaml.SequenceNode {
		return read(into, n, want, func(s string) (F, error) {
			b, err := parseHex(s)
			if err != nil {
				return *into, err
			}
			return emv.ParseField[F](b)
		})
	}
	var field F
	for _, item := range n.Content {
		b, ok := names[item.Value]
		if !ok {
			return wrong(item, want)
		}
		field[b.Byte()-1] |= b.Mask()
	}
	*into = field
	return nil
}

// bitsByName returns the bits of a field that have a meaning.
func bitsByName[F bitField[F]]() map[string]emv.Bit[F] {
	names := make(map[string]emv.Bit[F])
	var all F
	for i := range len(all) {
		all[i] = 0xFF
	}
	for _, b := range all.Bits() {
		names[b.String()] = b
	}
	return names
}

// objectsText are data objects in the order of the text: tag and value.
type objectsText []image.Object

// UnmarshalYAML reads a mapping of tags to values.
func (t *objectsText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "data objects below, such as \"9F14\": \"03\"")
	}
	*t = nil
	for i := 0; i < len(n.Content); i += 2 {
		var tag tagText
		var value bytesText
		if err := n.Content[i].Decode(&tag); err != nil {
			return err
		}
		if err := n.Content[i+1].Decode(&value); err != nil {
			return err
		}
		if tag.Constructed() {
			return wrong(n.Content[i], "the tag of a primitive data object")
		}
		if t.has(tag.Tag) {
			return fmt.Errorf("line %d: %s is there twice", n.Content[i].Line, tag)
		}
		*t = append(*t, image.Object{Tag: tag.Tag, Value: value})
	}
	return nil
}

// has reports whether there is an object with the tag.
func (t objectsText) has(tag emv.Tag) bool {
	for _, o := range t {
		if o.Tag == tag {
			return true
		}
	}
	return false
}
