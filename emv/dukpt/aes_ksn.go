package dukpt

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// AESOnesMax is the number of one bits that an AES DUKPT counter may have. ANSI
// X9.24-3:2017, 6.1.
const AESOnesMax = 16

// aesRules are the numbers of AES DUKPT: the counter is the last four bytes of a
// KSN.
var aesRules = rules{counterBits: 32, onesMax: AESOnesMax}

// InitialKeyID names an AES initial key: 4 bytes for the base derivation key
// and 4 bytes for the device. ANSI X9.24-3:2017, 6.
type InitialKeyID [8]byte

// AESKSN is the key serial number of AES DUKPT, 12 bytes: the initial key ID
// and the transaction counter. It is not secret.
type AESKSN [12]byte

// ParseAESKSN reads a key serial number of 12 bytes. Its counter is not
// examined; see Check.
func ParseAESKSN(b []byte) (AESKSN, error) {
	if len(b) != len(AESKSN{}) {
		return AESKSN{}, fmt.Errorf("parse KSN: %d bytes, want %d: %w", len(b), len(AESKSN{}), emv.ErrMalformed)
	}
	return AESKSN(b), nil
}

// InitialKeyID returns the first 8 bytes.
func (n AESKSN) InitialKeyID() InitialKeyID { return InitialKeyID(n[:8]) }

// Counter returns the transaction counter.
func (n AESKSN) Counter() uint32 { return binary.BigEndian.Uint32(n[8:]) }

// OneBits returns the number of one bits of the counter.
func (n AESKSN) OneBits() int { return bits.OnesCount32(n.Counter()) }

// Check refuses a counter that no device uses: 0, and those with more than 16
// one bits. The error wraps emv.ErrBadCounter. ANSI X9.24-3:2017, 6.1.
func (n AESKSN) Check() error { return aesRules.check(n.Counter()) }

// String returns upper-case hexadecimal digits.
func (n AESKSN) String() string { return strings.ToUpper(hex.EncodeToString(n[:])) }

// ksn returns the KSN of a counter of this initial key.
func (id InitialKeyID) ksn(counter uint32) (n AESKSN) {
	copy(n[:], id[:])
	binary.BigEndian.PutUint32(n[8:], counter)
	return n
}
