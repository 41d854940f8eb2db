package message

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// chipAGNS is the positional form of chip data: values without tags, each where it
// belongs. Its layout comes from samples and programs that others published.
//
// A request has the values of agnsRequest, then as many of agnsTail as there are. An
// answer has tag 91 and the script templates, each behind a byte of length.
type chipAGNS struct {
	slot bool // issuer application data are written in a slot of 32 bytes
}

// agnsHead is the name AGNS in EBCDIC and the version 0001.
var agnsHead = []byte{0xC1, 0xC7, 0xD5, 0xE2, 0x00, 0x01}

// agnsPlace is the place of one data object.
type agnsPlace struct {
	tag     emv.Tag
	length  int  // bytes; at most, where it stands behind its length
	counted bool // stands behind its length
	min     int  // of a counted one
	zeros   bool // an object that there is none of is zeros
}

// agnsRequest are the places that every request has.
var agnsRequest = []agnsPlace{
	{tag: 0x9F26, length: 8},
	{tag: tagIAD, length: iadBytesMax, counted: true, min: 1},
	{tag: 0x9F37, length: 4},
	{tag: 0x9F36, length: 2},
	{tag: 0x95, length: 5},
	{tag: 0x9A, length: 3},
	{tag: 0x9C, length: 1},
	{tag: 0x9F02, length: 6},
	{tag: 0x5F2A, length: 2},
	{tag: 0x9F1A, length: 2},
	{tag: 0x82, length: 2},
	{tag: 0x9F03, length: 6, zeros: true},
	{tag: 0x5F34, length: 1, zeros: true},
	{tag: 0x9F27, length: 1},
}

// agnsTail may follow, and may end behind each of its groups.
var agnsTail = [][]agnsPlace{
	{{tag: 0x84, length: 16, counted: true, min: 5}},
	{{tag: 0x9F09, length: 2}},
	{{tag: 0x9F34, length: 3}},
	{{tag: 0x9F0E, length: 5}, {tag: 0x9F0F, length: 5}, {tag: 0x9F0D, length: 5}},
}

// Tags that the form treats otherwise than others, and bounds. EMV Book 3, Annex A;
// Book 2, 8.2.
const (
	tagIAD           emv.Tag = 0x9F10
	tagARC           emv.Tag = 0x8A
	tagARPC          emv.Tag = 0x91
	tagScriptBefore  emv.Tag = 0x71
	tagScriptAfter   emv.Tag = 0x72
	iadBytesMax              = 32
	arpcBytesMin             = 8
	arpcBytesMax             = 16
	arpcWithARCBytes         = 10 // method 1: 8 bytes and the response code
)

func (f chipAGNS) write(dst, objects []byte, request bool) ([]byte, error) {
	if request {
		return f.writeRequest(append(dst, agnsHead...), objects)
	}
	return writeAGNSAnswer(append(dst, agnsHead...), objects)
}

func (f chipAGNS) writeRequest(dst, objects []byte) ([]byte, error) {
	values, err := onceEach(objects)
	if err != nil {
		return dst, err
	}
	for _, p := range agnsRequest {
		value, ok := values[p.tag]
		if !ok && p.zeros {
			value, ok = make([]byte, p.length), true
		}
		if !ok {
			return dst, fault(fmt.Sprintf("tag %s is missing, which has a place of its own", p.tag))
		}
		if dst, err = p.append(dst, value); err != nil {
			return dst, err
		}
		if p.tag == tagIAD && f.slot {
			dst = append(dst, make([]byte, iadBytesMax-len(value))...)
		}
	}
	return appendAGNSTail(dst, values)
}

// appendAGNSTail stops before the first group that is not whole: what comes behind it
// would have no place.
func appendAGNSTail(dst []byte, values map[emv.Tag][]byte) ([]byte, error) {
	for _, group := range agnsTail {
		for _, p := range group {
			if _, ok := values[p.tag]; !ok {
				return dst, nil
			}
		}
		for _, p := range group {
			var err error
			if dst, err = p.append(dst, values[p.tag]); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}

// onceEach returns the data objects by tag, each of which is there once.
func onceEach(objects []byte) (map[emv.Tag][]byte, error) {
	values := map[emv.Tag][]byte{}
	for e, err := range tlv.Elements(objects) {
		if err != nil {
			return nil, err
		}
		if _, twice := values[e.Tag]; twice {
			return nil, fault(fmt.Sprintf("tag %s is there twice, and has one place", e.Tag))
		}
		values[e.Tag] = e.Value
	}
	return values, nil
}

func (p agnsPlace) append(dst, value []byte) ([]byte, error) {
	if n := len(value); n > p.length || !p.counted && n != p.length || n < p.min {
		return dst, fault(fmt.Sprintf("tag %s: %d bytes, its place has %d", p.tag, n, p.length))
	}
	if p.counted {
		dst = append(dst, byte(len(value)))
	}
	return append(dst, value...), nil
}

// writeAGNSAnswer leaves the response code out, which is the end of tag 91.
func writeAGNSAnswer(dst, objects []byte) ([]byte, error) {
	var arpc, arc, scripts []byte
	for e, err := range tlv.Elements(objects) {
		switch {
		case err != nil:
			return dst, err
		case e.Tag == tagARPC && arpc == nil:
			arpc = e.Value
		case e.Tag == tagARC && arc == nil:
			arc = e.Value
		case e.Tag == tagARPC || e.Tag == tagARC:
			return dst, fault(fmt.Sprintf("tag %s is there twice, and has one place", e.Tag))
		case e.Tag == tagScriptBefore || e.Tag == tagScriptAfter:
			scripts = append(scripts, e.Raw...)
		}
	}
	if len(arpc) == arpcWithARCBytes && arc != nil && !bytes.HasSuffix(arpc, arc) {
		return dst, fault("tag 8A is not the end of tag 91, which stands for it")
	}
	if len(scripts) > 0xFF {
		return dst, fault(fmt.Sprintf("scripts of %d bytes, at most %d", len(scripts), 0xFF))
	}
	dst = append(append(dst, byte(len(arpc))), arpc...)
	return append(append(dst, byte(len(scripts))), scripts...), nil
}
