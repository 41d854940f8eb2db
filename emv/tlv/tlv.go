package tlv

import (
	"fmt"
	"iter"

	"github.com/f510b0cf/till/emv"
)

// depthMax is how deep constructed data objects may lie in each other; EMV uses
// four levels.
const depthMax = 16

// bytesMax is the longest value, in bytes, that is read.
const bytesMax = 1 << 16

// Element is one data object as it was read.
type Element struct {
	Tag   emv.Tag
	Value []byte // shares the memory of the input
	Raw   []byte // tag, length and value, without the padding before it
}

// Next reads the first data object of b and returns the bytes behind it. Zero
// bytes before it are skipped, as EMV Book 3, Annex B1 allows between data
// objects. Where only zero bytes or nothing is left, the element has Raw nil.
func Next(b []byte) (e Element, rest []byte, err error) {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return Element{}, nil, nil
	}
	tag, n, err := emv.DecodeTag(b)
	if err != nil {
		return Element{}, nil, err
	}
	length, m, err := decodeLength(b[n:])
	if err != nil {
		return Element{}, nil, fmt.Errorf("read %s: %w", tag, err)
	}
	head := n + m
	if length > len(b)-head {
		return Element{}, nil, fmt.Errorf("read %s: value runs past the end: %w", tag, emv.ErrMalformed)
	}
	end := head + length
	return Element{Tag: tag, Value: b[head:end:end], Raw: b[:end:end]}, b[end:], nil
}

// lengthBytesMax is the number of bytes that may follow the first byte of a
// length. EMV needs two.
const lengthBytesMax = 4

// decodeLength reads a definite length. Longer forms than needed are accepted,
// up to four bytes behind the first. EMV Book 3, Annex B2.
func decodeLength(b []byte) (length, n int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("length missing: %w", emv.ErrMalformed)
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, nil
	}
	if b[0] == 0x80 {
		return 0, 0, fmt.Errorf("indefinite length: %w", emv.ErrMalformed)
	}
	n = 1 + int(b[0]&0x7F)
	if n > 1+lengthBytesMax {
		return 0, 0, fmt.Errorf("length of %d bytes: %w", n, emv.ErrMalformed)
	}
	if n > len(b) {
		return 0, 0, fmt.Errorf("length runs past the end: %w", emv.ErrMalformed)
	}
	var value uint32
	for _, c := range b[1:n] {
		value = value<<8 | uint32(c)
	}
	if value > bytesMax {
		return 0, 0, fmt.Errorf("value of %d bytes, at most %d: %w", value, bytesMax, emv.ErrMalformed)
	}
	return int(value), n, nil
}

// Elements iterates over the data objects of b, one level deep, in order. It
// ends after the first error, which comes with a zero Element.
func Elements(b []byte) iter.Seq2[Element, error] {
	return func(yield func(Element, error) bool) {
		for {
			e, rest, err := Next(b)
			if err != nil {
				yield(Element{}, err)
				return
			}
			if e.Raw == nil || !yield(e, nil) {
				return
			}
			b = rest
		}
	}
}

// Find returns the value of the first data object of b, one level deep, that has
// the tag. ok is false where it is not there; what stands behind it is not
// examined.
func Find(b []byte, tag emv.Tag) (value []byte, ok bool, err error) {
	for e, err := range Elements(b) {
		if err != nil {
			return nil, false, err
		}
		if e.Tag == tag {
			return e.Value, true, nil
		}
	}
	return nil, false, nil
}

// Node is a data object with those that its value holds.
type Node struct {
	Element
	Children []Node // nil where the tag is primitive
}

// Parse reads all data objects of b and, where a tag is constructed, those
// within, at most 16 levels deep.
func Parse(b []byte) ([]Node, error) { return parse(b, 1) }

func parse(b []byte, depth int) ([]Node, error) {
	if depth > depthMax {
		return nil, fmt.Errorf("parse TLV: deeper than %d levels: %w", depthMax, emv.ErrMalformed)
	}
	nodes := []Node{}
	for e, err := range Elements(b) {
		if err != nil {
			return nil, err
		}
		node := Node{Element: e}
		if e.Tag.Constructed() {
			if node.Children, err = parse(e.Value, depth+1); err != nil {
				return nil, fmt.Errorf("in %s: %w", e.Tag, err)
			}
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// FindDeep returns the value of the first data object of b with the tag, at whatever
// depth. It is nil where there is none, and where b is not made of data objects.
func FindDeep(b []byte, tag emv.Tag) []byte {
	nodes, err := Parse(b)
	if err != nil {
		return nil
	}
	return findDeep(nodes, tag)
}

func findDeep(nodes []Node, tag emv.Tag) []byte {
	for _, n := range nodes {
		if n.Tag == tag {
			return n.Value
		}
		if value := findDeep(n.Children, tag); value != nil {
			return value
		}
	}
	return nil
}

// Append appends a data object of the tag, with the parts joined as its value,
// in the shortest form of length.
func Append(dst []byte, tag emv.Tag, parts ...[]byte) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	dst = appendLength(tag.Append(dst), length)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

// appendLength appends a length in its shortest form. EMV Book 3, Annex B2.
func appendLength(dst []byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(dst, byte(length))
	case length < 0x100:
		return append(dst, 0x81, byte(length))
	case length < 0x10000:
		return append(dst, 0x82, byte(length>>8), byte(length))
	}
	return append(dst, 0x83, byte(length>>16), byte(length>>8), byte(length))
}
