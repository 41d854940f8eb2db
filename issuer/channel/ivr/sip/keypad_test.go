package sip

import (
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

func FuzzKeypad(f *testing.F) {
	f.Add([]byte{5, 0x8A, 0, 160}, uint16(1), uint32(1), true)
	f.Fuzz(func(t *testing.T, payload []byte, sequence uint16, timestamp uint32, marker bool) {
		k := keypad{some: true}
		key, ok := k.key(rtp.Header{PayloadType: 101, SequenceNumber: sequence, Timestamp: timestamp, Marker: marker}, payload)
		if ok != (key != 0) {
			t.Fatalf("key %q, %v", key, ok)
		}
	})
}
