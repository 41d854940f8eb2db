package authorization

import (
	"bytes"
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// hasPINBlock reports whether the request has DE 52.
func (d *decision) hasPINBlock() bool { return !d.request.PINBlock.IsZero() }

// triesUsedUp reports whether the host's own tries are.
func (d *decision) triesUsedUp() bool { return d.record.Tries >= PINTriesMax }

// comparePIN compares DE 52 with every generation that is alive; which of them is
// accepted is for the PIN life cycle to say. A request that is declined already
// does not come to the PIN. The reason is one to decline without counting a try.
func (d *decision) comparePIN(before reason) (reason, error) {
	if !d.hasPINBlock() || before != approved || d.channel == pinlife.Order || d.triesUsedUp() {
		return approved, nil
	}
	block, known := d.pinBlock()
	if !known {
		return pinKeyFault, nil
	}
	var err error
	d.equals, err = d.config.Module.ComparePIN(d.card, block, d.record.PINs)
	switch {
	case errors.Is(err, emv.ErrBadPINBlock), errors.Is(err, emv.ErrMalformed):
		return pinBlockFault, nil
	case errors.Is(err, emv.ErrBadCounter), errors.Is(err, hsm.ErrNoKey):
		return pinKeyFault, nil
	}
	return approved, err
}

// Lengths of the key serial number (DE 53), in bytes, which tell the method.
const (
	ksnTDESBytes = 10
	ksnAESBytes  = 12
)

// pinBlock returns DE 52 with its key: DUKPT by the length of its serial number,
// the key of the zone where there is none.
func (d *decision) pinBlock() (b hsm.PINBlock, known bool) {
	d.request.PINBlock.Open(func(block []byte) { b.Block = bytes.Clone(block) })
	d.request.SecurityControl.Open(func(ksn []byte) { b.KSN = bytes.Clone(ksn) })
	switch len(b.KSN) {
	case 0:
		b.Key = hsm.ZoneKey
	case ksnTDESBytes:
		b.Key = hsm.TDESDUKPT
	case ksnAESBytes:
		b.Key = hsm.AESDUKPT
	}
	return b, b.Key != 0
}

// countTry moves the host's own try counter after a verdict on DE 52. The chip's
// is another.
func (d *decision) countTry(unreadable reason) {
	switch {
	case !d.hasPINBlock() || unreadable != approved || d.triesUsedUp():
	case d.verdict == pinlife.PINWrong:
		d.record.Tries++
	case d.verdict == pinlife.PINAccepted:
		d.record.Tries = 0
	}
}
