package dukpt

import (
	"crypto/aes"
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// KeyUsage is what a derived key may be used for. ANSI X9.24-3:2017, 6.3.2.
type KeyUsage uint16

// The usages of working keys. The device generates and encrypts, the host
// verifies and decrypts: a response has the keys MACVerification and
// DataDecryption.
const (
	KeyEncryption   KeyUsage = 0x0002
	PINEncryption   KeyUsage = 0x1000
	MACGeneration   KeyUsage = 0x2000
	MACVerification KeyUsage = 0x2001
	MACBothWays     KeyUsage = 0x2002
	DataEncryption  KeyUsage = 0x3000
	DataDecryption  KeyUsage = 0x3001
	DataBothWays    KeyUsage = 0x3002
)

// The usages of the keys that only derive others.
const (
	keyDerivation        KeyUsage = 0x8000
	initialKeyDerivation KeyUsage = 0x8001
)

// KeyType is the algorithm and length of a derived key. ANSI X9.24-3:2017,
// 6.3.2. (Its type 1, three-key TDES, is left out, since package secret has no
// such keys.)
type KeyType uint16

// The types of derived keys.
const (
	TDES2  KeyType = 0 // two-key TDES, 16 bytes
	AES128 KeyType = 2
	AES192 KeyType = 3
	AES256 KeyType = 4
)

// String returns TDES2, AES128, AES192 or AES256.
func (t KeyType) String() string {
	switch t {
	case TDES2:
		return "TDES2"
	case AES128:
		return "AES128"
	case AES192:
		return "AES192"
	case AES256:
		return "AES256"
	}
	return fmt.Sprintf("KeyType(%d)", uint16(t))
}

// size returns the length of a key of this type in bytes, 0 for other types.
func (t KeyType) size() int {
	switch t {
	case TDES2, AES128:
		return 16
	case AES192:
		return 24
	case AES256:
		return 32
	}
	return 0
}

// typeOf returns the type of an AES key.
func typeOf(key secret.Key) KeyType {
	switch key.Len() {
	case 24:
		return AES192
	case 32:
		return AES256
	}
	return AES128
}

// derivationVersion is the first byte of derivation data.
const derivationVersion = 1

// derive returns the key of that usage and type. The derivation data are one
// block: version, number of the block of key material, usage, algorithm, length
// in bits, and 8 bytes that name the key. ANSI X9.24-3:2017, 6.3.
func derive(parent secret.Key, usage KeyUsage, t KeyType, name [8]byte) secret.Key {
	var data [aes.BlockSize]byte
	data[0] = derivationVersion
	binary.BigEndian.PutUint16(data[2:], uint16(usage))
	binary.BigEndian.PutUint16(data[4:], uint16(t))
	binary.BigEndian.PutUint16(data[6:], uint16(8*t.size()))
	copy(data[8:], name[:])
	var material [2 * aes.BlockSize]byte
	defer secret.Wipe(material[:])
	for at := 0; at < t.size(); at += aes.BlockSize {
		data[1]++
		parent.Encrypt(material[at:], data[:])
	}
	if t == TDES2 {
		return mustKey(secret.NewTDES(material[:t.size()]))
	}
	return mustKey(secret.NewAES(material[:t.size()]))
}

// name returns the part of the derivation data that names a transaction: the
// last 8 bytes of its KSN.
func (n AESKSN) name() [8]byte { return [8]byte(n[4:]) }
