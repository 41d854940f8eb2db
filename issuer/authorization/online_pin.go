package authorization

import (
	"bytes"
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// hasPINBlock reports whether the request has DE 52.
func (d *decision) hasPINBlock() bool { return !d.request.PINBlock.IsZero() }

// triesUsedUp reports whether the host's own tries are.
func (d *decision) triesUsedUp() bool { return d.record.Tries >= PINTriesMax }

// comparePIN compares DE 52 with every generation that is alive; which of them is
// accepted is for the PIN life cycle to say. The reason is one to decline without
// counting a try. A request that is declined already does not come to the PIN, but
// its block is used up all the same.
func (d *decision) comparePIN(before reason) (reason, error) {
	if !d.hasPINBlock() {
		return approved, nil
	}
	equals, fault, err := d.openPINBlock()
	if err != nil || before != approved || d.channel == pinlife.Order || d.triesUsedUp() {
		return approved, err
	}
	d.compared, d.equals = fault == approved, equals
	return fault, nil
}

// openPINBlock opens DE 52 and uses up its key. A block that does not open uses up
// none: who makes blocks without keys can not make those of a device too old.
func (d *decision) openPINBlock() ([]pinlife.Generation, reason, error) {
	block, known := d.pinBlock()
	if !known {
		return nil, pinKeyFault, nil
	}
	equals, err := d.config.Module.ComparePIN(d.card, block, d.record.PINs)
	switch {
	case errors.Is(err, emv.ErrBadPINBlock), errors.Is(err, emv.ErrMalformed):
		return nil, pinBlockFault, nil
	case errors.Is(err, hsm.ErrRetired):
		return nil, pinKeyRetired, nil
	case errors.Is(err, emv.ErrBadCounter), errors.Is(err, hsm.ErrNoKey):
		return nil, pinKeyFault, nil
	case err != nil:
		return nil, approved, err
	case !d.useKey(block):
		return nil, pinKeyUsed, nil
	}
	return equals, approved, nil
}

// useKey notes the counter of the block's device, and reports whether it is new.
// The zone key has none.
func (d *decision) useKey(b hsm.PINBlock) bool {
	switch b.Key {
	case hsm.TDESDUKPT:
		n := dukpt.TDESKSN(b.KSN)
		initial := n.Initial()
		return d.record.UsePINKey(initial[:], n.Counter())
	case hsm.AESDUKPT:
		n := dukpt.AESKSN(b.KSN)
		initial := n.InitialKeyID()
		return d.record.UsePINKey(initial[:], n.Counter())
	}
	return true
}

// Lengths of DE 53, in bytes, which tell the method: those of key serial numbers, and
// that of the number of a zone key.
const (
	zoneNumberBytes = 1
	ksnTDESBytes    = 10
	ksnAESBytes     = 12
)

// pinBlock returns DE 52 with its key: DUKPT by the length of its serial number, a key
// of the zone where there is none.
func (d *decision) pinBlock() (b hsm.PINBlock, known bool) {
	d.request.PINBlock.Open(func(block []byte) { b.Block = bytes.Clone(block) })
	d.request.SecurityControl.Open(func(ksn []byte) { b.KSN = bytes.Clone(ksn) })
	switch len(b.KSN) {
	case 0:
		b.Key = hsm.ZoneKey
	case zoneNumberBytes:
		b.Key, b.Zone = hsm.ZoneKey, b.KSN[0]
		return b, b.Zone != 0
	case ksnTDESBytes:
		b.Key = hsm.TDESDUKPT
	case ksnAESBytes:
		b.Key = hsm.AESDUKPT
	}
	return b, b.Key != 0
}

// countTry moves the host's own try counter after a verdict on DE 52, where that was
// compared: what is declined for something else has told nothing of the PIN. The chip's
// counter is another.
func (d *decision) countTry() {
	switch {
	case !d.compared:
	case d.verdict == pinlife.PINWrong:
		d.record.Tries++
	case d.verdict == pinlife.PINAccepted:
		d.record.Tries = 0
	}
}
