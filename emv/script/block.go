package script

import (
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// BlockForm is the form of the clear PIN block in PIN CHANGE/UNBLOCK.
type BlockForm uint8

// The forms.
const (
	// BlockFormat2 is format 2 of ISO 9564-1.
	BlockFormat2 BlockForm = iota + 1
	// BlockVisa is 0, length, digits and filler F, combined by exclusive or with
	// bytes 5 to 8 of the ICC master key for cryptograms in its right half and,
	// for P2 01, with the digits of the current PIN from the left.
	BlockVisa
)

// String returns the name of the form.
func (f BlockForm) String() string {
	switch f {
	case BlockFormat2:
		return "format 2"
	case BlockVisa:
		return "Visa form"
	}
	return fmt.Sprintf("BlockForm(%d)", uint8(f))
}

// form returns the form of the block with or without a current PIN, 0 where the
// style has none.
func (s Style) form(current pin.PIN) BlockForm {
	if current.IsZero() {
		return s.Block
	}
	return s.CurrentBlock
}

// errNoCurrentForm says that P2 01 has no meaning in the style.
var errNoCurrentForm = errors.New("the style has no PIN block with the current PIN")

// PINBlock returns the clear block for a new PIN. current is the PIN that the
// card has, for P2 01, or the zero PIN, for P2 02; not all styles know P2 01.
func (s Session) PINBlock(newPIN, current pin.PIN) (pin.Block, error) {
	form := s.Style.form(current)
	if form == 0 {
		return pin.Block{}, fmt.Errorf("make PIN block: %w", errNoCurrentForm)
	}
	block, err := pin.Encode(pin.Format2, newPIN, account.PAN{}, nil)
	if err != nil || form == BlockFormat2 {
		return block, err
	}
	return s.maskVisa(block, current)
}

// readBlock returns the PIN in a block that PINBlock made with the same current
// PIN. The error wraps emv.ErrBadPINBlock.
func (s Session) readBlock(block pin.Block, current pin.PIN) (pin.PIN, error) {
	if s.Style.form(current) == BlockVisa {
		var err error
		if block, err = s.maskVisa(block, current); err != nil {
			return pin.PIN{}, err
		}
	}
	return pin.Decode(pin.Format2, block, account.PAN{})
}

// format2Control is the control field of format 2; that of the Visa form is 0.
const format2Control = 0x20

// maskVisa turns a format 2 block into the Visa form, and back.
func (s Session) maskVisa(block pin.Block, current pin.PIN) (masked pin.Block, err error) {
	block.Open(func(b []byte) {
		b[0] ^= format2Control
		s.MKAC.Open(func(raw []byte) { subtle.XORBytes(b[4:], b[4:], raw[4:8]) })
		current.Open(func(digits []byte) { xorDigits(b, digits) })
		masked, err = pin.ParseBlock(b)
	})
	return masked, err
}

// xorDigits combines b with digits, two in a byte from the left.
func xorDigits(b, digits []byte) {
	packed := account.Pack(digits)
	defer secret.Wipe(packed)
	if len(digits)%2 == 1 {
		packed[len(packed)-1] &= 0xF0 // Pack fills with F, the current PIN is filled with 0
	}
	subtle.XORBytes(b, b, packed)
}
