package script

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// The values of P2 of PIN CHANGE/UNBLOCK. EMV Book 3, 6.5.10.
const (
	p2Unblock          = 0x00 // reset the PIN try counter, leave the PIN
	p2ChangeKnowingPIN = 0x01 // the block mixes in the current PIN
	p2Change           = 0x02 // it does not
)

// PINUnblock returns PIN CHANGE/UNBLOCK with P2 00, which resets the PIN try
// counter.
func (s Session) PINUnblock() (apdu.Command, error) { return s.pinChange(p2Unblock, nil) }

// PINChange returns PIN CHANGE/UNBLOCK with P2 02, which sets a new PIN and
// resets the PIN try counter. It may be sent again without harm.
func (s Session) PINChange(newPIN pin.PIN) (apdu.Command, error) {
	enciphered, err := s.EncipherPIN(newPIN, pin.PIN{})
	if err != nil {
		return apdu.Command{}, err
	}
	return s.pinChange(p2Change, enciphered)
}

// PINChangeKnowingPIN returns PIN CHANGE/UNBLOCK with P2 01, whose PIN block
// mixes in the current PIN of the card. Where the issuer is wrong about that
// PIN, the MAC is right and the block is not; see OpenPINChange.
func (s Session) PINChangeKnowingPIN(newPIN, current pin.PIN) (apdu.Command, error) {
	if current.IsZero() {
		return apdu.Command{}, errors.New("make PIN change: no current PIN given")
	}
	enciphered, err := s.EncipherPIN(newPIN, current)
	if err != nil {
		return apdu.Command{}, err
	}
	return s.pinChange(p2ChangeKnowingPIN, enciphered)
}

// EncipherPIN returns the frame with the block for a new PIN, enciphered: the
// data of PIN CHANGE/UNBLOCK before its MAC. current is as for PINBlock.
func (s Session) EncipherPIN(newPIN, current pin.PIN) (enciphered []byte, err error) {
	block, err := s.PINBlock(newPIN, current)
	if err != nil {
		return nil, fmt.Errorf("encipher PIN: %w", err)
	}
	block.Open(func(clear []byte) { enciphered = s.Style.Frame.encipher(s.SMC, clear) })
	return enciphered, nil
}

func (s Session) pinChange(p2 byte, data []byte) (apdu.Command, error) {
	return s.Protect(apdu.Command{CLA: s.Style.Class, INS: apdu.INSPINChange, P2: p2, Data: data})
}

// DecipherBlock returns the clear PIN block in the data of a PIN CHANGE/UNBLOCK,
// MAC left out. The error wraps emv.ErrBadPINBlock where the frame is not right.
func (s Session) DecipherBlock(enciphered []byte) (pin.Block, error) {
	if len(enciphered) != s.Style.Frame.size() {
		return pin.Block{}, errBadBlock
	}
	block, ok := s.Style.Frame.decipher(s.SMC, enciphered)
	defer secret.Wipe(block[:])
	if !ok {
		return pin.Block{}, errBadBlock
	}
	return pin.ParseBlock(block[:])
}
