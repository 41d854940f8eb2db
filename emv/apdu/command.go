package apdu

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// headerSize is the length in bytes of CLA, INS, P1 and P2.
const headerSize = 4

// DataBytesMax is the longest data field of a command, in bytes, in the short
// form of ISO/IEC 7816-4.
const DataBytesMax = 255

// MaxLe is the Le that asks for all data there is, up to 256 bytes. It is
// encoded as 00.
const MaxLe = 256

// Command is a command APDU in one of the four short cases of ISO/IEC 7816-4:
// with or without data, with or without Le. It is plain data and keeps no
// secret; see Format and the caveats of the package. EMV Book 1, 11.1.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // up to DataBytesMax bytes; Lc is its length
	Le               int    // expected length of the answer, 1 to MaxLe; 0 where there is none
}

// ParseCommand reads a command APDU and nothing behind it. Its error wraps
// emv.ErrMalformed: fewer than 4 bytes, an Lc that does not fit the bytes that
// follow, or the extended length form, which EMV does not use. The data shares
// the memory of b.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < headerSize {
		return Command{}, fmt.Errorf("parse command: %d bytes, want at least %d: %w", len(b), headerSize, emv.ErrMalformed)
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := slices.Clip(b[headerSize:])
	switch len(body) {
	case 0: // case 1
		return c, nil
	case 1: // case 2
		c.Le = decodeLe(body[0])
		return c, nil
	}
	lc := int(body[0])
	if lc == 0 {
		return Command{}, fmt.Errorf("parse command: extended length is not supported: %w", emv.ErrMalformed)
	}
	switch rest := body[1:]; len(rest) {
	case lc: // case 3
		c.Data = rest
	case lc + 1: // case 4
		c.Data, c.Le = rest[:lc:lc], decodeLe(rest[lc])
	default:
		return Command{}, fmt.Errorf("parse command: %d bytes follow Lc %d: %w", len(rest), lc, emv.ErrMalformed)
	}
	return c, nil
}

// decodeLe returns the length that the byte asks for.
func decodeLe(b byte) int {
	if b == 0 {
		return MaxLe
	}
	return int(b)
}

// Header returns CLA, INS, P1 and P2.
func (c Command) Header() [headerSize]byte { return [headerSize]byte{c.CLA, c.INS, c.P1, c.P2} }

// Encode returns the bytes of the command. It refuses data longer than
// DataBytesMax and an Le outside 0 to MaxLe.
func (c Command) Encode() ([]byte, error) {
	if len(c.Data) > DataBytesMax {
		return nil, fmt.Errorf("encode command: %d data bytes, at most %d", len(c.Data), DataBytesMax)
	}
	if c.Le < 0 || c.Le > MaxLe {
		return nil, fmt.Errorf("encode command: Le %d, want 0 to %d", c.Le, MaxLe)
	}
	b := make([]byte, 0, headerSize+1+len(c.Data)+1)
	b = append(b, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) > 0 {
		b = append(b, byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Le > 0 {
		b = append(b, byte(c.Le)) // MaxLe becomes 00
	}
	return b, nil
}

// secureMessagingBit is set in the class bytes 04, 0C, 84 and 8C, which EMV uses
// with secure messaging. EMV Book 3, 6.3.2.
const secureMessagingBit = 0x04

// SecureMessaging reports whether the class byte announces secure messaging in
// one of the forms of EMV: 04, 0C, 84 or 8C.
func (c Command) SecureMessaging() bool { return c.CLA&^0x88 == secureMessagingBit }

// pinInstructions are the instructions whose data is a PIN, clear or
// enciphered: VERIFY, PIN CHANGE/UNBLOCK or CHANGE REFERENCE DATA, and RESET
// RETRY COUNTER.
var pinInstructions = [...]byte{INSVerify, INSPINChange, INSResetRetryCounter}

// Sensitive reports whether the data of the command must not be shown, in any
// class: VERIFY, PIN CHANGE/UNBLOCK and the ISO commands that carry a PIN.
func (c Command) Sensitive() bool { return slices.Contains(pinInstructions[:], c.INS) }

// Format prints the name, the header and the length of the data where package
// fmt asks a value how it prints: not under %p and %w, not for a command in an
// unexported field of another struct, and not in what testify prints of a
// difference. There the data shows, which may be a PIN block.
func (c Command) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.label()) }

// MarshalText returns what Format prints; it serves encoding/json and others.
func (c Command) MarshalText() ([]byte, error) { return []byte(c.label()), nil }

// errNotEncodable is what encoders of binary forms are told.
var errNotEncodable = errors.New("encode command: use Encode")

// GobEncode refuses: the data may be a PIN block.
func (c Command) GobEncode() ([]byte, error) { return nil, errNotEncodable }

func (c Command) label() string {
	s := fmt.Sprintf("%s %X", c.Name(), c.Header())
	if len(c.Data) > 0 {
		s += fmt.Sprintf(", %d data bytes", len(c.Data))
	}
	if c.Le > 0 {
		s += fmt.Sprintf(", Le %d", c.Le)
	}
	return s
}
