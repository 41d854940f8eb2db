package perso

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// UnmarshalYAML reads a data object list: its bytes, or a list of tags.
func (t *dolText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return t.readTags(n)
	}
	return read((*[]byte)(t), n, "a data object list as hexadecimal digits: tag, length, tag, length, such as 9F0206 9F3704, or a list of tags", func(s string) ([]byte, error) {
		b, err := parseHex(s)
		if err != nil {
			return nil, err
		}
		_, err = tlv.ParseDOL(b)
		return b, err
	})
}

// list returns the data object list, nil where there is none.
func (t dolText) list() tlv.DOL {
	if len(t) == 0 {
		return nil
	}
	list, _ := tlv.ParseDOL(t) // parsed before, when it was read
	return list
}

// readTags reads a list of tags, each with a length in decimal digits behind it or,
// where the Books leave only one, without.
func (t *dolText) readTags(n *yaml.Node) error {
	var list []byte
	for _, item := range n.Content {
		const want = "a tag, with a length in bytes behind it where that is not fixed, such as 9F02 or 91 10"
		var entry []byte
		if err := read(&entry, item, want, readEntry); err != nil {
			return err
		}
		list = append(list, entry...)
	}
	if _, err := tlv.ParseDOL(list); err != nil {
		return wrong(n, "a data object list that can be read")
	}
	*t = list
	return nil
}

// readEntry reads a tag with its length.
func readEntry(s string) ([]byte, error) {
	tagDigits, lengthDigits, given := strings.Cut(s, " ")
	tag, err := emv.ParseTag(tagDigits)
	if err != nil {
		return nil, err
	}
	if given {
		length, err := strconv.ParseUint(lengthDigits, 10, 8)
		return append(tag.Append(nil), byte(length)), err
	}
	known, ok := emv.Describe(tag)
	if !ok || known.Min != known.Max {
		return nil, errUnreadable
	}
	return append(tag.Append(nil), byte(known.Max)), nil
}
