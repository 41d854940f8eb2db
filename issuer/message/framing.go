package message

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// Framing is how messages are told apart on a stream: each stands behind its
// length, and behind a TPDU where one is agreed. The zero value is
// FramingBinary.
type Framing struct {
	length lengthForm
	tpdu   bool
}

// lengthForm is how a length is written.
type lengthForm uint8

const (
	lengthBinary    lengthForm = iota // two bytes, big-endian, not counting themselves
	lengthInclusive                   // two bytes, big-endian, counting themselves; zero is a poll
	lengthASCII                       // four decimal digits
	lengthBCD                         // four decimal digits in two bytes
)

// The framings without a TPDU.
var (
	FramingBinary    = Framing{length: lengthBinary}
	FramingInclusive = Framing{length: lengthInclusive}
	FramingASCII     = Framing{length: lengthASCII}
	FramingBCD       = Framing{length: lengthBCD}
)

var lengthNames = [...]string{lengthBinary: "binary", lengthInclusive: "binary-inclusive", lengthASCII: "ascii", lengthBCD: "bcd"}

// tpduSuffix ends the name of a framing with a TPDU.
const tpduSuffix = "+tpdu"

// FramingNames returns the names of all framings.
func FramingNames() []string {
	names := make([]string, 0, 2*len(lengthNames))
	for _, suffix := range []string{"", tpduSuffix} {
		for _, name := range lengthNames {
			names = append(names, name+suffix)
		}
	}
	return names
}

// FramingNamed returns the framing of that name, one of FramingNames.
func FramingNamed(name string) (Framing, error) {
	plain, tpdu := strings.CutSuffix(name, tpduSuffix)
	for form, known := range lengthNames {
		if plain == known {
			return Framing{lengthForm(form), tpdu}, nil
		}
	}
	return Framing{}, fmt.Errorf("find framing: none is called %q, there are %q", name, FramingNames())
}

// WithTPDU returns the framing with a TPDU behind the length.
func (f Framing) WithTPDU() Framing { return Framing{f.length, true} }

// String returns the name.
func (f Framing) String() string {
	if f.tpdu {
		return lengthNames[f.length] + tpduSuffix
	}
	return lengthNames[f.length]
}

// polls reports whether a length of zero is a poll.
func (f Framing) polls() bool { return f.length == lengthInclusive }

// headBytes is the length of the length.
func (f Framing) headBytes() int {
	if f.length == lengthASCII {
		return 4
	}
	return 2
}

// Overhead is how many bytes stand before a message.
func (f Framing) Overhead() int {
	if f.tpdu {
		return f.headBytes() + tpduBytes
	}
	return f.headBytes()
}

// appendLength writes a length that counts what follows it.
func (f Framing) appendLength(dst []byte, n int) []byte {
	switch f.length {
	case lengthInclusive:
		return binary.BigEndian.AppendUint16(dst, uint16(n+f.headBytes()))
	case lengthASCII:
		return appendDigits(dst, uint64(n), 4)
	case lengthBCD:
		return append(dst, byte(n/1000<<4|n/100%10), byte(n/10%10<<4|n%10))
	}
	return binary.BigEndian.AppendUint16(dst, uint16(n))
}

// parseLength returns how many bytes follow, 0 for a poll. The bounds of a message
// are not checked.
func (f Framing) parseLength(head []byte) (int, error) {
	if f.length == lengthASCII || f.length == lengthBCD {
		digits := head
		if f.length == lengthBCD {
			digits, _, _ = bcd{}.Decode(head, 4)
		}
		if !emv.Decimal(digits) {
			return 0, fmt.Errorf("not decimal: %w", emv.ErrMalformed)
		}
		return int(parseDigits(digits)), nil
	}
	n := int(binary.BigEndian.Uint16(head))
	if f.length != lengthInclusive || n == 0 {
		return n, nil
	}
	if n <= len(head) {
		return 0, fmt.Errorf("%d bytes, which should count themselves: %w", n, emv.ErrMalformed)
	}
	return n - len(head), nil
}
