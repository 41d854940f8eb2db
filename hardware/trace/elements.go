package trace

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/tlv"
)

// Tags of what commands and answers hold. EMV Book 3, Annex A.
const (
	tagAC                = emv.Tag(0x9F26)
	tagAFL               = emv.Tag(0x94)
	tagAIP               = emv.Tag(0x82)
	tagATC               = emv.Tag(0x9F36)
	tagCID               = emv.Tag(0x9F27)
	tagCommandTemplate   = emv.Tag(0x83)
	tagFormat1           = emv.Tag(0x80)
	tagIAD               = emv.Tag(0x9F10)
	tagIssuerAuthData    = emv.Tag(0x91)
	tagPINData           = emv.Tag(0x99)
	tagSignedDynamicData = emv.Tag(0x9F4B)
)

// element is a part of a data field. Tag 0 stands for bytes that can not be
// named. The value shares the memory of the field.
type element struct {
	tag   emv.Tag
	value []byte
}

// commandElements takes the data of a command apart, without a rest.
func (d *dialogue) commandElements(c apdu.Command) []element {
	if len(c.Data) == 0 {
		return nil
	}
	list, listed := d.listOf(c)
	switch {
	case c.INS == insGetProcessingOptions:
		return d.optionsElements(c.Data)
	case listed:
		return split(c.Data, d.lists[list])
	case c.INS == insExternalAuthenticate:
		return []element{{tagIssuerAuthData, c.Data}}
	case c.INS == insVerify:
		return []element{{tagPINData, c.Data}}
	case c.Sensitive():
		return unnamed(c.Data)
	}
	return leaves(c.Data)
}

// optionsElements takes the template of GET PROCESSING OPTIONS apart. EMV Book
// 3, 6.5.8.
func (d *dialogue) optionsElements(data []byte) []element {
	e, rest, err := tlv.Next(data)
	if err != nil || e.Tag != tagCommandTemplate || len(rest) > 0 {
		return unnamed(data)
	}
	if len(e.Value) == 0 {
		return nil
	}
	return split(e.Value, d.lists[tagPDOL])
}

// responseElements takes the answer that is complete with r apart. A piece is a
// whole that can not be named.
func (d *dialogue) responseElements(r apdu.Response) []element {
	whole, ok := d.pieces.whole(r)
	if !ok {
		return unnamed(r.Data)
	}
	if value, ok := format1(whole); ok {
		return d.format1Elements(value)
	}
	return leaves(whole)
}

// format1 returns the value of data that is one data object with tag 80.
func format1(data []byte) (value []byte, ok bool) {
	e, rest, err := tlv.Next(data)
	return e.Value, err == nil && e.Tag == tagFormat1 && len(rest) == 0
}

// format1Elements takes a value in format 1 apart: GET PROCESSING OPTIONS, 6.5.8;
// GENERATE AC, 6.5.5; INTERNAL AUTHENTICATE, 6.5.9. EMV Book 3.
func (d *dialogue) format1Elements(value []byte) []element {
	switch {
	case d.ins == insGetProcessingOptions && len(value) > 2:
		return []element{{tagAIP, value[:2]}, {tagAFL, value[2:]}}
	case d.ins == insGenerateAC && len(value) >= 11:
		parts := []element{{tagCID, value[:1]}, {tagATC, value[1:3]}, {tagAC, value[3:11]}}
		if len(value) > 11 {
			parts = append(parts, element{tagIAD, value[11:]})
		}
		return parts
	case d.ins == insInternalAuthenticate:
		return []element{{tagSignedDynamicData, value}}
	}
	return unnamed(value)
}

// split takes values apart by the list that they were asked for with.
func split(data []byte, list tlv.DOL) []element {
	if list.Len() != len(data) {
		return unnamed(data)
	}
	parts := make([]element, len(list))
	for i, e := range list {
		parts[i] = element{e.Tag, data[:e.Length:e.Length]}
		data = data[e.Length:]
	}
	return parts
}

// leaves returns the primitive data objects of data.
func leaves(data []byte) []element {
	nodes, err := tlv.Parse(data)
	if err != nil {
		return unnamed(data)
	}
	return appendLeaves(nil, nodes)
}

func appendLeaves(parts []element, nodes []tlv.Node) []element {
	for _, n := range nodes {
		if n.Tag.Constructed() {
			parts = appendLeaves(parts, n.Children)
			continue
		}
		parts = append(parts, element{n.Tag, n.Value})
	}
	return parts
}

func unnamed(data []byte) []element {
	if len(data) == 0 {
		return nil
	}
	return []element{{0, data}}
}

// item returns the element in words, masked.
func (e element) item() explain.Item {
	if e.tag == 0 {
		return explain.Item{Name: "data", Value: hidden(e.value)}
	}
	return explain.Element(e.tag, e.value, explain.Masked)
}
