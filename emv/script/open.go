package script

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
)

// errBadBlock is the one answer to every PIN block that can not be read.
var errBadBlock = fmt.Errorf("decipher PIN block: frame or block is not right: %w", emv.ErrBadPINBlock)

// OpenPINChange does the card's part of PIN CHANGE/UNBLOCK. It returns the new
// PIN, or the zero PIN where the command is to unblock alone. current is the
// PIN that the card has, or the zero PIN where none was ever set. It checks in
// this order: class, instruction and P1 P2, length, MAC, frame and PIN block.
// The error is a Refusal that wraps emv.ErrMalformed, ErrWrongMAC or
// ErrBadPINBlock, where a key is missing one of the last two. EMV Book 3, 6.5.10; the order is our choice.
//
// Under P2 01 a current PIN other than the issuer used gives a bad block or,
// where the two differ in a few digits, a good block with another new PIN. The
// card can not tell: that is why an issuer should send P2 02.
func (s Session) OpenPINChange(c apdu.Command, current pin.PIN) (pin.PIN, error) {
	if err := s.checkPINChange(c); err != nil {
		return pin.PIN{}, err
	}
	data, err := s.VerifyMAC(c)
	if err != nil || c.P2 == p2Unblock {
		return pin.PIN{}, err
	}
	if c.P2 == p2Change {
		current = pin.PIN{}
	} else if current.IsZero() {
		return pin.PIN{}, refuse(apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock, "the card has no current PIN")
	}
	if s.SMC.IsZero() || s.MKAC.IsZero() && s.Style.form(current) == BlockVisa {
		return pin.PIN{}, refuse(apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock, "the card lacks a key that PIN blocks need")
	}
	return s.openPIN(data, current)
}

// openPIN returns the PIN in the enciphered frame, once the MAC is proven. The
// status word is the same whatever is wrong; the words are for testers.
func (s Session) openPIN(enciphered []byte, current pin.PIN) (pin.PIN, error) {
	block, err := s.DecipherBlock(enciphered)
	if err != nil {
		return pin.PIN{}, refuse(apdu.SWWrongData, emv.ErrBadPINBlock, "the MAC is right, the frame is not: suspect the key for encipherment or the style")
	}
	newPIN, err := s.readBlock(block, current)
	if err != nil {
		suspect := "the master key for cryptograms or the style"
		if !current.IsZero() {
			suspect = "the current PIN"
		}
		return pin.PIN{}, refuse(apdu.SWWrongData, emv.ErrBadPINBlock, "the MAC is right, the PIN block is not: suspect %s", suspect)
	}
	return newPIN, nil
}

// classMask takes away the bit in which the class bytes 84 and 8C differ.
const classMask = 0xF7

// checkPINChange looks at everything of the command but its MAC and its PIN.
func (s Session) checkPINChange(c apdu.Command) error {
	if c.CLA&classMask != 0x84 {
		return refuse(apdu.SWClassUnknown, emv.ErrMalformed, "class %02X, want 84 or 8C", c.CLA)
	}
	if c.INS != apdu.INSPINChange {
		return refuse(apdu.SWInstructionUnknown, emv.ErrMalformed, "instruction %02X is not PIN CHANGE/UNBLOCK", c.INS)
	}
	size, ok := s.pinDataSize(c.P2)
	if c.P1 != 0 || !ok {
		return refuse(apdu.SWWrongP1P2, emv.ErrMalformed, "P1 P2 %02X%02X", c.P1, c.P2)
	}
	if len(c.Data) == size {
		return refuse(apdu.SWMACMissing, emv.ErrMalformed, "the MAC is missing")
	}
	if len(c.Data) != size+s.Style.MACLength {
		return refuse(apdu.SWWrongLength, emv.ErrMalformed, "%d data bytes, want %d", len(c.Data), size+s.Style.MACLength)
	}
	return nil
}

// pinDataSize returns the length of the data before the MAC; ok is false for a
// P2 that the style does not have.
func (s Session) pinDataSize(p2 byte) (size int, ok bool) {
	switch {
	case p2 == p2Unblock:
		return 0, true
	case p2 == p2Change, p2 == p2ChangeKnowingPIN && s.Style.CurrentBlock != 0:
		return s.Style.Frame.size(), true
	}
	return 0, false
}
