package message

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

func (f chipAGNS) read(value []byte, request bool) ([]byte, error) {
	rest, ok := bytes.CutPrefix(value, agnsHead)
	if !ok {
		return nil, fault("chip data do not begin with AGNS and version 1")
	}
	if !request {
		return readAGNSAnswer(rest)
	}
	// Both forms of the issuer application data are read. Their lengths tell them
	// apart; where both would do, that of the dialect is meant.
	objects, err := readAGNSRequest(rest, f.slot)
	if err != nil {
		if other, otherErr := readAGNSRequest(rest, !f.slot); otherErr == nil {
			return other, nil
		}
	}
	return objects, err
}

func readAGNSRequest(b []byte, slot bool) (objects []byte, err error) {
	for _, p := range agnsRequest {
		var value []byte
		if value, b, err = p.cut(b); err != nil {
			return nil, err
		}
		if p.tag == tagIAD && slot {
			if b, err = cutZeros(b, iadBytesMax-len(value)); err != nil {
				return nil, err
			}
		}
		objects = tlv.Append(objects, p.tag, value)
	}
	for _, group := range agnsTail {
		if len(b) == 0 {
			return objects, nil
		}
		for _, p := range group {
			var value []byte
			if value, b, err = p.cut(b); err != nil {
				return nil, err
			}
			objects = tlv.Append(objects, p.tag, value)
		}
	}
	if len(b) > 0 {
		return nil, fault(fmt.Sprintf("%d bytes behind the last place", len(b)))
	}
	return objects, nil
}

// cut takes the value of a place off the front.
func (p agnsPlace) cut(b []byte) (value, rest []byte, err error) {
	n := p.length
	if p.counted {
		if len(b) == 0 {
			return nil, nil, fault(fmt.Sprintf("length of tag %s is missing", p.tag))
		}
		n, b = int(b[0]), b[1:]
		if n < p.min || n > p.length {
			return nil, nil, fault(fmt.Sprintf("tag %s: length %d, want %d to %d", p.tag, n, p.min, p.length))
		}
	}
	if n > len(b) {
		return nil, nil, fault(fmt.Sprintf("tag %s runs past the end", p.tag))
	}
	return b[:n], b[n:], nil
}

// cutZeros takes the filler of a slot off the front.
func cutZeros(b []byte, n int) (rest []byte, err error) {
	if n > len(b) || len(bytes.Trim(b[:n], "\x00")) > 0 {
		return nil, fault("filler of issuer application data that is not zeros")
	}
	return b[n:], nil
}

// readAGNSAnswer returns tag 8A where the end of tag 91 says it, tag 91 and the
// scripts as they are. The part of the scripts may be left out behind a tag 91 that
// ends in a response code; behind another, what is there might be the scripts
// themselves.
func readAGNSAnswer(b []byte) (objects []byte, err error) {
	arpc, b, err := agnsPlace{tag: tagARPC, length: arpcBytesMax, counted: true}.cut(b)
	if err != nil {
		return nil, err
	}
	if n := len(arpc); n > 0 && n < arpcBytesMin {
		return nil, fault(fmt.Sprintf("tag 91: %d bytes, want %d to %d", n, arpcBytesMin, arpcBytesMax))
	}
	withARC := len(arpc) == arpcWithARCBytes && isARC(arpc[arpcBytesMin:])
	if withARC {
		objects = tlv.Append(objects, tagARC, arpc[arpcBytesMin:])
	}
	if len(arpc) > 0 {
		objects = tlv.Append(objects, tagARPC, arpc)
	}
	if len(b) == 0 && withARC {
		return objects, nil
	}
	if len(b) == 0 {
		return nil, fault("part of the scripts is missing")
	}
	if n := int(b[0]); n != len(b)-1 {
		return nil, fault(fmt.Sprintf("scripts of %d bytes, %d are there", n, len(b)-1))
	}
	return appendScripts(objects, b[1:])
}

func isARC(b []byte) bool { _, err := emv.ParseARC(b); return err == nil }

// appendScripts appends templates 71 and 72, of which the whole must consist.
func appendScripts(objects, b []byte) ([]byte, error) {
	for len(b) > 0 {
		e, rest, err := tlv.Next(b)
		if err != nil {
			return nil, err
		}
		if whole := len(e.Raw) == len(b)-len(rest); !whole || e.Tag != tagScriptBefore && e.Tag != tagScriptAfter {
			return nil, fault("scripts with something else than templates 71 and 72")
		}
		objects, b = append(objects, e.Raw...), rest
	}
	return objects, nil
}
