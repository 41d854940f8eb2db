package perso

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// UnmarshalYAML reads two bytes or the names of bits.
func (t *aipText) UnmarshalYAML(n *yaml.Node) error { return readBits(&t.AIP, n) }

// UnmarshalYAML reads two bytes or the names of bits.
func (t *aucText) UnmarshalYAML(n *yaml.Node) error { return readBits(&t.AUC, n) }

// bitField is a bit field of two bytes that can set its bits.
type bitField[F emv.Field] interface {
	emv.Field
	~[2]byte
	Bits() []emv.Bit[F]
}

// readBits reads a bit field: its bytes as hexadecimal digits, or a list of the
// names of bits.
func readBits[F bitField[F]](into *F, n *yaml.Node) error {
	names := bitsByName[F]()
	want := "4 hexadecimal digits, or a list of bits: " + strings.Join(sortedKeys(names), ", ")
	if n.Kind != yaml.SequenceNode {
		return read(into, n, want, func(s string) (F, error) {
			b, err := parseHex(s)
			if err != nil {
				return F{}, err
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
	for _, b := range F([2]byte{0xFF, 0xFF}).Bits() {
		names[b.String()] = b
	}
	return names
}

// cvmListText is the value of tag 8E; empty where there is none.
type cvmListText []byte

// UnmarshalYAML reads a CVM list: its rules as hexadecimal digits, with X and Y
// zero, or a mapping of x, y and rules.
func (t *cvmListText) UnmarshalYAML(n *yaml.Node) error {
	const want = "rules of 4 hexadecimal digits such as 4403 1F03, or x, y and rules below"
	var list emv.CVMList
	rules := n
	if n.Kind == yaml.MappingNode {
		fields := map[string]*yaml.Node{}
		for i := 0; i < len(n.Content); i += 2 {
			fields[n.Content[i].Value] = n.Content[i+1]
		}
		if len(fields) != 3 || fields["x"] == nil || fields["y"] == nil || fields["rules"] == nil {
			return wrong(n, want)
		}
		if err := errors.Join(readAmount(&list.X, fields["x"]), readAmount(&list.Y, fields["y"])); err != nil {
			return err
		}
		rules = fields["rules"]
	}
	return read((*[]byte)(t), rules, want, func(s string) ([]byte, error) {
		b, err := parseHex(s)
		if err != nil {
			return nil, err
		}
		whole := append(list.Append(nil), b...)
		_, err = emv.ParseCVMList(whole)
		return whole, err
	})
}

// readAmount reads an amount in the smallest unit of the application currency.
func readAmount(into *uint32, n *yaml.Node) error {
	return read(into, n, "an amount in the smallest unit of the currency, without point", func(s string) (uint32, error) {
		v, err := strconv.ParseUint(s, 10, 32)
		return uint32(v), err
	})
}

// objectsText are data objects in the order of the text: tag and value.
type objectsText []image.Object

// UnmarshalYAML reads a mapping of tags to values.
func (t *objectsText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "data objects below, such as \"9F14\": \"03\"")
	}
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
