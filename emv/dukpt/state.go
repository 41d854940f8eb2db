package dukpt

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// stateVersion is the first byte of a device's saved state. Behind it stand the
// algorithm, the KSN (without a counter for AES), the next counter in 8 bytes, a
// map of the registers in use in 4, the length of a key in 1, and the keys of
// those registers from the lowest.
const stateVersion = 1

// stateFixedBytes is the length of a state without KSN and keys.
const stateFixedBytes = 1 + 1 + 8 + 4 + 1

// State returns all that the device holds, to be sealed and kept: a device that
// RestoreTDESDevice makes of it goes on where this one is. Save it before the key
// of a transaction leaves the device, or the key is used twice after a restart.
func (d *TDESDevice) State() secret.Value { return d.keys.state(secret.TDES, d.ksn[:]) }

// RestoreTDESDevice returns the device that State was asked of. The error wraps
// emv.ErrMalformed.
func RestoreTDESDevice(state secret.Value) (*TDESDevice, error) {
	d := &TDESDevice{}
	var err error
	state.Open(func(b []byte) { d.keys, err = restore(b, secret.TDES, tdesRules, d.ksn[:]) })
	if err != nil {
		return nil, fmt.Errorf("restore DUKPT device: %w", err)
	}
	d.keys.step = tdesStep(d.ksn)
	return d, nil
}

// State returns all that the device holds, to be sealed and kept: a device that
// RestoreAESDevice makes of it goes on where this one is. Save it before the key
// of a transaction leaves the device, or the key is used twice after a restart.
func (d *AESDevice) State() secret.Value { return d.keys.state(secret.AES, d.id[:]) }

// RestoreAESDevice returns the device that State was asked of. The error wraps
// emv.ErrMalformed.
func RestoreAESDevice(state secret.Value) (*AESDevice, error) {
	d := &AESDevice{}
	var err error
	state.Open(func(b []byte) { d.keys, err = restore(b, secret.AES, aesRules, d.id[:]) })
	if err != nil {
		return nil, fmt.Errorf("restore DUKPT device: %w", err)
	}
	d.keys.step = aesStep(d.id)
	return d, nil
}

// KSN returns the key serial number of the device, with the counter 0.
func (d *TDESDevice) KSN() TDESKSN { return d.ksn.withCounter(0) }

// InitialKeyID returns the name of the device's initial key.
func (d *AESDevice) InitialKeyID() InitialKeyID { return d.id }

// state writes the registers behind the algorithm and the name of the device.
func (r *registers) state(a secret.Algorithm, name []byte) secret.Value {
	var used uint32
	length := 0
	for i, key := range r.keys {
		if !key.IsZero() {
			used |= 1 << i
			length = key.Len()
		}
	}
	b := make([]byte, 0, stateFixedBytes+len(name)+bits.OnesCount32(used)*length)
	defer func() { secret.Wipe(b) }()
	b = append(b, stateVersion, byte(a))
	b = append(b, name...)
	b = binary.BigEndian.AppendUint64(b, r.counter)
	b = binary.BigEndian.AppendUint32(b, used)
	b = append(b, byte(length))
	for _, key := range r.keys {
		if !key.IsZero() {
			key.Open(func(raw []byte) { b = append(b, raw...) })
		}
	}
	return secret.New(b)
}

// restore reads what state wrote, the name of the device into name.
func restore(b []byte, a secret.Algorithm, rules rules, name []byte) (registers, error) {
	r := registers{rules: rules}
	if len(b) < stateFixedBytes+len(name) || b[0] != stateVersion || b[1] != byte(a) {
		return r, fmt.Errorf("not a %v state of version %d: %w", a, stateVersion, emv.ErrMalformed)
	}
	b = b[2+copy(name, b[2:]):]
	r.counter = binary.BigEndian.Uint64(b)
	used, length, keys := binary.BigEndian.Uint32(b[8:]), int(b[12]), b[13:]
	if len(keys) != bits.OnesCount32(used)*length || !r.fits(used) {
		return r, fmt.Errorf("registers do not fit the counter: %w", emv.ErrMalformed)
	}
	for i := range r.keys {
		if used>>i&1 == 0 {
			continue
		}
		key, err := newKey(a, keys[:length])
		if err != nil {
			return r, fmt.Errorf("register %d: %w", i, emv.ErrMalformed)
		}
		r.keys[i], keys = key, keys[length:]
	}
	return r, nil
}

// fits reports whether the registers in use can be those of a device at the
// counter: next finds its key, and none stands beyond the counter's width.
func (r *registers) fits(used uint32) bool {
	if uint64(used)>>r.counterBits != 0 {
		return false
	}
	if r.counter>>r.counterBits != 0 {
		return true // exhausted
	}
	counter := uint32(r.counter)
	return r.check(counter) == nil && used>>bits.TrailingZeros32(counter)&1 == 1
}

func newKey(a secret.Algorithm, raw []byte) (secret.Key, error) {
	if a == secret.TDES {
		return secret.NewTDES(raw)
	}
	return secret.NewAES(raw)
}
