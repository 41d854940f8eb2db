package pcsc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
)

// How a PIN is keyed in and where it goes: into an ISO 9564-1 format 2 block, whose
// first byte has the length in its low half, and whose next seven have the digits.
// PC/SC part 10, 2.5 (from memory).
const (
	padFormat        = 0x89   // counted in bytes; digits from byte 1 of the data on, from the left, as BCD
	padBlock         = 0x47   // a length of 4 bits, 7 bytes of digits
	padLengthFormat  = 0x04   // counted in bits; the length at bit 4 of the data
	padDigits        = 0x040C // 4 to 12
	padValidation    = 0x02   // by the confirmation key
	padLanguage      = 0x0409 // English, of the United States
	padSeconds       = 30     // for the first digit, and after each
	padConfirm       = 0x03   // ask for the old PIN, and twice for the new one
	blockBytes       = 8
	padTimeout       = 3 * time.Minute // for all of it
	verifyMessages   = 1
	modifyMessages   = 3
	secondBlockBegin = blockBytes
)

// errTemplate says that a template has no place for a PIN.
var errTemplate = errors.New("the template of the command has no block for each PIN")

// padSession is a session in a reader with a PIN pad.
type padSession struct{ *session }

// modifyingSession is a session in a reader whose PIN pad can change PINs too.
type modifyingSession struct{ padSession }

// withAbilities returns the session with what its reader can do.
func (s *session) withAbilities() hardware.Card {
	_, verifies := s.features[featureVerifyPINDirect]
	_, modifies := s.features[featureModifyPINDirect]
	switch {
	case verifies && modifies:
		return modifyingSession{padSession{s}}
	case verifies:
		return padSession{s}
	}
	return s
}

// VerifyPIN has the reader ask for the PIN and send the VERIFY command.
func (p padSession) VerifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	in, err := verifyStructure(template)
	if err != nil {
		return nil, fmt.Errorf("verify PIN at the reader: %w", err)
	}
	return p.key(ctx, "verify PIN at the reader", featureVerifyPINDirect, in)
}

// ModifyPIN has the reader ask for the old PIN and the new one and send the command.
func (m modifyingSession) ModifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	in, err := modifyStructure(template)
	if err != nil {
		return nil, fmt.Errorf("modify PIN at the reader: %w", err)
	}
	return m.key(ctx, "modify PIN at the reader", featureModifyPINDirect, in)
}

// key has the cardholder key in what a feature asks for.
func (s *session) key(ctx context.Context, what string, feature byte, in []byte) ([]byte, error) {
	return s.do(ctx, what, padTimeout, func() ([]byte, error) { return whole(s.link.control(s.features[feature], in)) })
}

// checkTemplate refuses a command that has not that many blocks.
func checkTemplate(template []byte, blocks int) error {
	c, err := apdu.ParseCommand(template)
	if err != nil || len(c.Data) != blocks*blockBytes || c.Le != 0 {
		return errTemplate
	}
	return nil
}

// verifyStructure returns PIN_VERIFY for a VERIFY command with one block.
func verifyStructure(template []byte) ([]byte, error) {
	if err := checkTemplate(template, 1); err != nil {
		return nil, err
	}
	b := []byte{padSeconds, padSeconds, padFormat, padBlock, padLengthFormat}
	b = binary.LittleEndian.AppendUint16(b, padDigits)
	b = append(b, padValidation, verifyMessages)
	b = binary.LittleEndian.AppendUint16(b, padLanguage)
	b = append(b, 0) // the first message
	return withCommand(b, template), nil
}

// modifyStructure returns PIN_MODIFY for a command with the old block and the new
// one.
func modifyStructure(template []byte) ([]byte, error) {
	if err := checkTemplate(template, 2); err != nil {
		return nil, err
	}
	b := []byte{padSeconds, padSeconds, padFormat, padBlock, padLengthFormat, 0, secondBlockBegin}
	b = binary.LittleEndian.AppendUint16(b, padDigits)
	b = append(b, padConfirm, padValidation, modifyMessages)
	b = binary.LittleEndian.AppendUint16(b, padLanguage)
	b = append(b, 0, 1, 2) // the messages: old, new, new again
	return withCommand(b, template), nil
}

// withCommand adds the bytes that T=1 does not need, and the command with its length.
func withCommand(b, command []byte) []byte {
	b = append(b, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(command)))
	return append(b, command...)
}
