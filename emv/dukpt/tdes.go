package dukpt

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// errNotTDES says that a TDES DUKPT end was given a key of another algorithm.
var errNotTDES = errors.New("the key is not a TDES key")

// TDESHost is the receiving end: it holds the base derivation key and works out
// the keys of every device and transaction from the KSN. It is immutable. It
// prints nothing.
type TDESHost struct {
	secret.Opaque
	bdk, masked secret.Key
}

// NewTDESHost returns the host's end for a base derivation key.
func NewTDESHost(bdk secret.Key) (TDESHost, error) {
	if bdk.Algorithm() != secret.TDES {
		return TDESHost{}, fmt.Errorf("make DUKPT host: %w", errNotTDES)
	}
	return TDESHost{bdk: bdk, masked: bdk.OneWayVariant()}, nil
}

// InitialKey returns the key that is loaded into the device of a KSN (IK, also
// IPEK): the first 8 bytes of the KSN with a counter of 0, enciphered under the
// BDK, then under the BDK combined with C0C0C0C000000000 in both halves. ANSI
// X9.24-1:2009, A.6.
func (h TDESHost) InitialKey(n TDESKSN) secret.Key {
	n = n.withCounter(0)
	raw := make([]byte, 16)
	defer secret.Wipe(raw)
	h.bdk.Encrypt(raw[:8], n[:8])
	h.masked.Encrypt(raw[8:], n[:8])
	return mustKey(secret.NewTDES(raw))
}

// TransactionKey returns the key of the transaction that a KSN names. The error
// wraps emv.ErrBadCounter where no device uses its counter.
func (h TDESHost) TransactionKey(n TDESKSN) (TDESTransactionKey, error) {
	if err := n.Check(); err != nil {
		return TDESTransactionKey{}, fmt.Errorf("derive transaction key: %w", err)
	}
	return TDESTransactionKey{key: walk(h.InitialKey(n), n.Counter(), tdesStep(n))}, nil
}

// tdesStep returns the derivation step of the device that a KSN names: the
// register is the last 8 bytes of the KSN with the new counter.
func tdesStep(n TDESKSN) step {
	return func(parent secret.Key, counter uint32) secret.Key {
		reached := n.withCounter(counter)
		return parent.OneWay([8]byte(reached[2:]))
	}
}

// TDESDevice is the originating end: 21 registers of future keys and a counter.
// It forgets each key as it hands it out. It is not safe for concurrent use,
// and it prints nothing.
type TDESDevice struct {
	secret.Opaque
	ksn  TDESKSN
	keys registers
}

// NewTDESDevice returns a device that was just loaded with the initial key of
// its KSN. The counter of the KSN is ignored: a device starts at 1.
func NewTDESDevice(initial secret.Key, n TDESKSN) (*TDESDevice, error) {
	if initial.Algorithm() != secret.TDES {
		return nil, fmt.Errorf("load DUKPT device: %w", errNotTDES)
	}
	return &TDESDevice{ksn: n, keys: load(initial, tdesRules, tdesStep(n))}, nil
}

// Next returns the key of the next transaction with its KSN. The device can not
// make that key again. The error is ErrExhausted after the last counter.
func (d *TDESDevice) Next() (TDESKSN, TDESTransactionKey, error) {
	counter, key, err := d.keys.next()
	if err != nil {
		return TDESKSN{}, TDESTransactionKey{}, fmt.Errorf("derive next transaction key: %w", err)
	}
	return d.ksn.withCounter(counter), TDESTransactionKey{key: key}, nil
}

// mustKey returns a key whose length is right by construction.
func mustKey(key secret.Key, err error) secret.Key {
	if err != nil {
		panic("dukpt: derived key: " + err.Error())
	}
	return key
}
