package script

import (
	"crypto/des"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// macLengthMin and macLengthMax bound the length of a MAC in bytes. EMV Book 2,
// 9.2.1.
const (
	macLengthMin = 4
	macLengthMax = 8
)

// MACInput returns what the MAC covers, with its padding: header, ATC and AC
// where the style has them, data. header is CLA INS P1 P2 Lc, with the Lc that
// the command has in the end: it counts the MAC. EMV Book 2, 9.2.3.
func (s Session) MACInput(header, data []byte) []byte {
	input := s.appendContext(slices.Clone(header))
	return s.Style.Padding.Pad(append(input, data...), des.BlockSize)
}

// MAC returns the full MAC over MACInput, by ISO/IEC 9797-1 algorithm 3. EMV
// Book 2, 9.2.3 and Annex A1.2.1.
func (s Session) MAC(header, data []byte) [8]byte {
	var context [contextSize]byte
	return s.SMI.MAC(s.Style.Padding, header, s.appendContext(context[:0]), data)
}

// CheckMAC compares a given MAC, the left 4 to 8 bytes of it, with the one over
// header and data, in constant time. A difference is emv.ErrWrongMAC; another
// length is no MAC and has no class. EMV Book 2, 9.2.1 and 9.2.3.
func (s Session) CheckMAC(header, data, given []byte) error {
	if len(given) < macLengthMin || len(given) > macLengthMax {
		return fmt.Errorf("check MAC: want %d to %d bytes, not %d", macLengthMin, macLengthMax, len(given))
	}
	mac := s.MAC(header, data)
	if subtle.ConstantTimeCompare(mac[:len(given)], given) != 1 {
		return fmt.Errorf("check MAC: it is another one: %w", emv.ErrWrongMAC)
	}
	return nil
}

// contextSize is the length in bytes of ATC and AC.
const contextSize = 2 + 8

// appendContext appends the part of the MAC input that is not sent.
func (s Session) appendContext(dst []byte) []byte {
	if !s.Style.ContextInMAC {
		return dst
	}
	atc := s.Context.ATC.Bytes()
	return append(append(dst, atc[:]...), s.Context.AC[:]...)
}

// commandMAC returns the MAC of a command that has lc bytes of data, MAC
// included, cut to the length of the style.
func (s Session) commandMAC(c apdu.Command, lc int, data []byte) []byte {
	header := [...]byte{c.CLA, c.INS, c.P1, c.P2, byte(lc)}
	mac := s.MAC(header[:], data)
	return mac[:s.Style.MACLength]
}

// Protect returns the command with the MAC behind its data. It refuses a class
// byte without secure messaging, an Le, since script commands have none, and
// data that leaves no room for the MAC.
func (s Session) Protect(c apdu.Command) (apdu.Command, error) {
	if err := s.checkMACLength(); err != nil {
		return apdu.Command{}, err
	}
	if !c.SecureMessaging() {
		return apdu.Command{}, fmt.Errorf("protect command: class %02X has no secure messaging", c.CLA)
	}
	if c.Le != 0 {
		return apdu.Command{}, errors.New("protect command: it has an Le")
	}
	lc := len(c.Data) + s.Style.MACLength
	if lc > apdu.DataBytesMax {
		return apdu.Command{}, fmt.Errorf("protect command: data and MAC of %d bytes, at most %d", lc, apdu.DataBytesMax)
	}
	c.Data = slices.Concat(c.Data, s.commandMAC(c, lc, c.Data))
	return c, nil
}

// VerifyMAC returns the data of a command without its MAC, once that is proven.
// The error is a Refusal: no key, class byte without secure messaging, no room for
// a MAC, or emv.ErrWrongMAC. The data shares the memory of the command.
func (s Session) VerifyMAC(c apdu.Command) ([]byte, error) {
	if err := s.checkMACLength(); err != nil {
		return nil, err
	}
	if s.SMI.IsZero() {
		return nil, refuse(apdu.SWConditionsNotSatisfied, emv.ErrWrongMAC, "the card has no key for MACs")
	}
	if !c.SecureMessaging() {
		return nil, refuse(apdu.SWClassUnknown, emv.ErrMalformed, "class %02X has no secure messaging", c.CLA)
	}
	if c.Le != 0 {
		return nil, refuse(apdu.SWWrongLength, emv.ErrMalformed, "it has an Le")
	}
	n := len(c.Data) - s.Style.MACLength
	if n < 0 {
		return nil, refuse(apdu.SWMACMissing, emv.ErrMalformed, "%d data bytes, a MAC has %d", len(c.Data), s.Style.MACLength)
	}
	data, given := c.Data[:n:n], c.Data[n:]
	if subtle.ConstantTimeCompare(s.commandMAC(c, len(c.Data), data), given) != 1 {
		return nil, refuse(apdu.SWMACIncorrect, emv.ErrWrongMAC, "the MAC is another one")
	}
	return data, nil
}

// checkMACLength holds back a style that would take no MAC for a good one.
func (s Session) checkMACLength() error {
	if n := s.Style.MACLength; n < macLengthMin || n > macLengthMax {
		return fmt.Errorf("use style %q: MAC of %d bytes, want %d to %d", s.Style.Name, n, macLengthMin, macLengthMax)
	}
	return nil
}
