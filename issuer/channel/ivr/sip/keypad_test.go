package sip

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/assert"
)

// packet is an RTP packet of a telephone event.
type packet struct {
	sequence  uint16
	timestamp uint32
	marker    bool
	event     byte
}

func keys(source uint32, k *keypad, packets ...packet) (all string) {
	for _, p := range packets {
		h := rtp.Header{PayloadType: 101, SSRC: source, SequenceNumber: p.sequence, Timestamp: p.timestamp, Marker: p.marker}
		if key, ok := k.key(h, []byte{p.event, 0x0A, 0, 160}); ok {
			all += string(key)
		}
	}
	return all
}

func TestKeypad(t *testing.T) {
	for name, c := range map[string]struct {
		packets []packet
		keys    string
	}{
		"one":                 {[]packet{{1, 100, true, 5}, {2, 100, false, 5}, {3, 100, false, 5}}, "5"},
		"the same twice":      {[]packet{{1, 100, true, 5}, {2, 100, false, 5}, {3, 900, true, 5}}, "55"},
		"first packet lost":   {[]packet{{1, 100, true, 5}, {3, 900, false, 5}, {4, 900, false, 5}}, "55"},
		"one timestamp":       {[]packet{{1, 100, true, 5}, {2, 100, false, 5}, {3, 100, true, 6}}, "56"},
		"a packet twice":      {[]packet{{1, 100, true, 5}, {1, 100, true, 5}}, "5"},
		"out of order":        {[]packet{{2, 100, false, 5}, {1, 100, true, 5}, {3, 100, false, 5}}, "5"},
		"late":                {[]packet{{1, 100, true, 5}, {3, 900, true, 6}, {2, 100, false, 5}, {4, 900, false, 6}}, "56"},
		"numbers run over":    {[]packet{{65535, 100, true, 5}, {0, 900, true, 6}}, "56"},
		"star and hash":       {[]packet{{1, 100, true, 10}, {2, 200, true, 11}, {3, 300, true, 0}, {4, 400, true, 9}}, "*#09"},
		"letters and signals": {[]packet{{1, 100, true, 12}, {2, 200, true, 16}, {3, 300, true, 255}}, ""},
	} {
		assert.Equal(t, c.keys, keys(7, new(keypad), c.packets...), name)
	}
	k := new(keypad)
	assert.Equal(t, "5", keys(7, k, packet{9, 900, true, 5}))
	assert.Equal(t, "5", keys(8, k, packet{1, 900, false, 5}), "another source begins anew")
	_, ok := k.key(rtp.Header{PayloadType: 0, Marker: true, SequenceNumber: 2}, []byte{5, 0, 0, 0})
	assert.False(t, ok, "speech")
	_, ok = k.key(rtp.Header{PayloadType: 101, Marker: true, SequenceNumber: 2, SSRC: 8}, []byte{5, 0, 0})
	assert.False(t, ok, "too short")
}

// stream turns bytes into packets, eight for each: type and marker, sequence number, RTP
// timestamp, source, event, length of the payload.
func stream(raw []byte) (headers []rtp.Header, payloads [][]byte) {
	for ; len(raw) >= 8; raw = raw[8:] {
		headers = append(headers, rtp.Header{
			PayloadType: 101 - raw[0]>>4&1, Marker: raw[0]&1 == 1, SequenceNumber: binary.BigEndian.Uint16(raw[1:]),
			Timestamp: uint32(binary.BigEndian.Uint16(raw[3:])), SSRC: uint32(raw[5]),
		})
		payloads = append(payloads, []byte{raw[6], 0x0A, 0, 160, 0}[:min(int(raw[7]), 5)])
	}
	return headers, payloads
}

// packed is the other way: a stream of keys as a caller sends them, three packets each.
func packed(events ...byte) (raw []byte) {
	for n, event := range events {
		for i := range 3 {
			marker := byte(0)
			if i == 0 {
				marker = 1
			}
			at := uint16(3*n + i)
			raw = append(raw, marker, byte(at>>8), byte(at), byte(n), 0, 7, event, 4)
		}
	}
	return raw
}

// FuzzKeypad holds a stream of packets against what must be true of any: no more keys
// than packets, none of a packet that is no event or is late in its source, and the same
// stream a second time, behind the first, has none that the first did not.
func FuzzKeypad(f *testing.F) {
	f.Add(packed(5))
	f.Add(packed(3, 7, 4, 2, 4, 5, 11, 0, 9))
	f.Add(packed(10, 11, 12, 16, 255))
	f.Add(append(packed(5, 5), packed(5, 5)...))                                          // all of it twice
	f.Add(append(packed(1), 1, 0xFF, 0xFF, 9, 0, 7, 2, 4, 1, 0, 0, 9, 0, 7, 2, 4))        // numbers run over
	f.Add([]byte{1, 0, 9, 0, 9, 1, 5, 4, 0, 0, 1, 0, 9, 2, 5, 4, 1, 0, 2, 0, 9, 1, 6, 4}) // two sources
	f.Add([]byte{0x11, 0, 1, 0, 1, 1, 5, 4, 1, 0, 2, 0, 2, 1, 5, 3})                      // speech, too short
	f.Fuzz(func(t *testing.T, raw []byte) {
		headers, payloads := stream(raw)
		var k keypad
		for n, h := range headers {
			before := k
			key, ok := k.key(h, payloads[n])
			event := h.PayloadType == 101 && len(payloads[n]) >= 4
			late := before.some && before.source == h.SSRC && int16(h.SequenceNumber-before.sequenceNumber) <= 0
			switch {
			case ok != (key != 0), ok && (!event || late):
				t.Fatalf("packet %d: key %q, %v", n, key, ok)
			case ok && !bytes.ContainsRune([]byte("0123456789*#"), rune(key)):
				t.Fatalf("packet %d: key %q", n, key)
			case (!event || late) && k != before:
				t.Fatalf("packet %d changed what is known", n)
			}
			if again, ok := k.key(h, payloads[n]); ok {
				t.Fatalf("packet %d twice: key %q", n, again)
			}
		}
	})
}
