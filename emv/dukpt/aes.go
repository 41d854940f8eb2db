package dukpt

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// errNotAES says that an AES DUKPT end was given a key of another algorithm.
var errNotAES = errors.New("the key is not an AES key")

// AESHost is the receiving end: it holds the base derivation key, AES of 16, 24
// or 32 bytes, and works out the keys of every device and transaction from the
// KSN. It is immutable. It prints nothing.
type AESHost struct {
	secret.Opaque
	bdk secret.Key
}

// NewAESHost returns the host's end for a base derivation key.
func NewAESHost(bdk secret.Key) (AESHost, error) {
	if bdk.Algorithm() != secret.AES {
		return AESHost{}, fmt.Errorf("make DUKPT host: %w", errNotAES)
	}
	return AESHost{bdk: bdk}, nil
}

// InitialKey returns the key that is loaded into a device. It is as long as the
// BDK; the standard may allow a shorter one, which is not offered. ANSI
// X9.24-3:2017, 6.3.3.
func (h AESHost) InitialKey(id InitialKeyID) secret.Key {
	return derive(h.bdk, initialKeyDerivation, typeOf(h.bdk), id)
}

// TransactionKey returns the key of the transaction that a KSN names. The error
// wraps emv.ErrBadCounter where no device uses its counter.
func (h AESHost) TransactionKey(n AESKSN) (AESTransactionKey, error) {
	if err := n.Check(); err != nil {
		return AESTransactionKey{}, fmt.Errorf("derive transaction key: %w", err)
	}
	return h.transactionKey(n), nil
}

// transactionKey does what TransactionKey does for any counter.
func (h AESHost) transactionKey(n AESKSN) AESTransactionKey {
	id := n.InitialKeyID()
	return AESTransactionKey{ksn: n, key: walk(h.InitialKey(id), n.Counter(), aesStep(id))}
}

// updateKeyCounter is the counter of the update key. No transaction has it: it
// has too many one bits.
const updateKeyCounter = 0xFFFFFFFF

// UpdateKey returns the key of that type under which the successor of a
// device's initial key travels to it: the key encryption key of counter
// FFFFFFFF. (The rule was found from the update keys of ANSI's supplement, which
// it gives.)
func (h AESHost) UpdateKey(id InitialKeyID, t KeyType) (secret.Key, error) {
	return h.transactionKey(id.ksn(updateKeyCounter)).WorkingKey(KeyEncryption, t)
}

// aesStep returns the derivation step of a device.
func aesStep(id InitialKeyID) step {
	return func(parent secret.Key, counter uint32) secret.Key {
		return derive(parent, keyDerivation, typeOf(parent), id.ksn(counter).name())
	}
}

// AESDevice is the originating end: 32 registers of future keys and a counter.
// It forgets each key as it hands it out. It is not safe for concurrent use,
// and it prints nothing.
type AESDevice struct {
	secret.Opaque
	id   InitialKeyID
	keys registers
}

// NewAESDevice returns a device that was just loaded with its initial key. It
// starts at counter 1.
func NewAESDevice(initial secret.Key, id InitialKeyID) (*AESDevice, error) {
	if initial.Algorithm() != secret.AES {
		return nil, fmt.Errorf("load DUKPT device: %w", errNotAES)
	}
	return &AESDevice{id: id, keys: load(initial, aesRules, aesStep(id))}, nil
}

// Next returns the key of the next transaction with its KSN. The device can not
// make that key again. The error is ErrExhausted after the last counter.
func (d *AESDevice) Next() (AESKSN, AESTransactionKey, error) {
	counter, key, err := d.keys.next()
	if err != nil {
		return AESKSN{}, AESTransactionKey{}, fmt.Errorf("derive next transaction key: %w", err)
	}
	n := d.id.ksn(counter)
	return n, AESTransactionKey{ksn: n, key: key}, nil
}

// AESTransactionKey is the key of one transaction, from which its working keys
// are derived. It prints nothing.
type AESTransactionKey struct {
	secret.Opaque
	ksn AESKSN
	key secret.Key
}

// Key returns the transaction key itself, for its check value. Nothing is
// enciphered under it.
func (k AESTransactionKey) Key() secret.Key { return k.key }

// WorkingKey returns the key of that usage and type. A working key may not be
// longer than the transaction key that it comes from. ANSI X9.24-3:2017, 6.3.
func (k AESTransactionKey) WorkingKey(usage KeyUsage, t KeyType) (secret.Key, error) {
	switch usage {
	case KeyEncryption, PINEncryption, MACGeneration, MACVerification, MACBothWays, DataEncryption, DataDecryption, DataBothWays:
	default:
		return secret.Key{}, fmt.Errorf("derive working key: usage %04X is not one of a working key", uint16(usage))
	}
	if t.size() == 0 {
		return secret.Key{}, fmt.Errorf("derive working key: %v is not supported", t)
	}
	if t.size() > k.key.Len() {
		return secret.Key{}, fmt.Errorf("derive working key: %v is longer than the transaction key of %d bytes", t, k.key.Len())
	}
	return derive(k.key, usage, t, k.ksn.name()), nil
}
