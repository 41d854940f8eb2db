package message

import (
	"bytes"
	"strings"
)

// originalDigits1987 is the length of DE 90: MTI, STAN, time of sending, then
// acquiring and forwarding institution with zeros on their left.
const (
	originalDigits1987    = 42
	originalSentAt1987    = mtiDigits + stanDigits
	originalAcquirer1987  = originalSentAt1987 + 10
	originalForwarder1987 = originalAcquirer1987 + institutionDigitsMax
)

// originalData1987 is DE 90. The local time of the original and, where the digits
// agree, its acquirer are those of the message itself: DE 90 has no room for
// the one, and fills the other with zeros.
func originalData1987(c *coder, h *Header, v *OriginalData) {
	transfer(c, 90, v, codec[OriginalData]{
		isZero: isZero[OriginalData],
		append: func(dst []byte, v OriginalData, _ *element) []byte {
			return appendOriginalData1987(c.dialect, dst, v, h.ForwardingInstitution)
		},
		parse: func(value []byte, _ *element) (OriginalData, error) {
			o, acquirer, err := parseOriginalData1987(c.dialect, value)
			if err != nil {
				return o, err
			}
			o.Local, o.AcquiringInstitution = h.Local, h.AcquiringInstitution
			if fillInstitution(h.AcquiringInstitution) != acquirer {
				o.AcquiringInstitution = strings.TrimLeft(acquirer, "0")
			}
			return o, nil
		},
	})
}

// appendOriginalData1987 writes no MTI for a kind that the dialect does not have, so
// that the value does not read back.
func appendOriginalData1987(d *Dialect, dst []byte, v OriginalData, forwarder string) []byte {
	if l := d.layoutOf(v.Kind, v.Variant); l != nil {
		dst = append(dst, l.mti...)
	}
	dst = appendDigits(dst, uint64(v.STAN), stanDigits)
	dst = append(dst, v.Transmission.String()...)
	dst = append(dst, fillInstitution(v.AcquiringInstitution)...)
	return append(dst, fillInstitution(forwarder)...)
}

// fillInstitution puts zeros on the left of an identification code.
func fillInstitution(code string) string {
	return strings.Repeat("0", max(0, institutionDigitsMax-len(code))) + code
}

func parseOriginalData1987(d *Dialect, value []byte) (o OriginalData, acquirer string, err error) {
	l, _ := d.layoutByMTI(string(value[:mtiDigits]))
	if l == nil {
		return o, "", fault("unknown message type")
	}
	o.Kind, o.Variant = l.kind, l.variant
	o.STAN = uint32(parseDigits(value[mtiDigits:originalSentAt1987]))
	if sent := value[originalSentAt1987:originalAcquirer1987]; len(bytes.Trim(sent, "0")) > 0 { // zeros: not known
		if o.Transmission, err = parseTransmissionDateTime(sent, nil); err != nil {
			return o, "", err
		}
	}
	return o, string(value[originalAcquirer1987:originalForwarder1987]), nil
}
