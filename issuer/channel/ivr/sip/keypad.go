package sip

import (
	"github.com/emiago/diago/media"
	"github.com/pion/rtp"
)

// Telephone events of RFC 4733, section 3.2: 0 to 9 are the digits.
const (
	eventStar  = 10
	eventHash  = 11
	eventBytes = 4 // of an event, section 2.3
)

// keypad finds the keys in a stream of RTP packets. A key comes in several packets. The
// first one that arrives counts, so that a lost one loses no key: it has another RTP
// timestamp than the key before or, of senders that do not count silence, the marker
// bit. What comes late is left out. RFC 4733, section 2.5.
type keypad struct {
	some           bool
	source         uint32
	timestamp      uint32
	sequenceNumber uint16
}

// key returns the key of a packet that begins one.
func (k *keypad) key(h rtp.Header, payload []byte) (byte, bool) {
	if h.PayloadType != media.CodecTelephoneEvent8000.PayloadType || len(payload) < eventBytes {
		return 0, false
	}
	same := k.some && h.SSRC == k.source
	if same && int16(h.SequenceNumber-k.sequenceNumber) <= 0 {
		return 0, false
	}
	begins := !same || h.Marker || h.Timestamp != k.timestamp
	*k = keypad{some: true, source: h.SSRC, timestamp: h.Timestamp, sequenceNumber: h.SequenceNumber}
	if !begins {
		return 0, false
	}
	switch event := payload[0]; {
	case event < eventStar:
		return '0' + event, true
	case event == eventStar:
		return '*', true
	case event == eventHash:
		return '#', true
	}
	return 0, false
}
