package dukpt

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// TDESOnesMax is the number of one bits that a TDES DUKPT counter may have. ANSI
// X9.24-1:2009, A.3.
const TDESOnesMax = 10

// tdesCounterBits is the width of the counter, and tdesCounterMask covers it in
// the last four bytes of a KSN.
const (
	tdesCounterBits = 21
	tdesCounterMask = 1<<tdesCounterBits - 1
)

// tdesRules are the numbers of TDES DUKPT.
var tdesRules = rules{counterBits: tdesCounterBits, onesMax: TDESOnesMax}

// TDESKSN is the key serial number of TDES DUKPT, 10 bytes: the identifiers of
// key set and device in 59 bits (padded with FF on the left where they are
// shorter) and the transaction counter in 21. It is not secret.
type TDESKSN [10]byte

// ParseTDESKSN reads a key serial number of 10 bytes. Its counter is not
// examined; see Check.
func ParseTDESKSN(b []byte) (TDESKSN, error) {
	if len(b) != len(TDESKSN{}) {
		return TDESKSN{}, fmt.Errorf("parse KSN: %d bytes, want %d: %w", len(b), len(TDESKSN{}), emv.ErrMalformed)
	}
	return TDESKSN(b), nil
}

// Initial returns the KSN with counter 0, which names the device and the key that
// was loaded into it.
func (n TDESKSN) Initial() TDESKSN { return n.withCounter(0) }

// Counter returns the transaction counter, 0 to 1FFFFF.
func (n TDESKSN) Counter() uint32 { return binary.BigEndian.Uint32(n[6:]) & tdesCounterMask }

// OneBits returns the number of one bits of the counter.
func (n TDESKSN) OneBits() int { return bits.OnesCount32(n.Counter()) }

// Check refuses a counter that no device uses: 0, and those with more than 10
// one bits. The error wraps emv.ErrBadCounter. ANSI X9.24-1:2009, A.3.
func (n TDESKSN) Check() error { return tdesRules.check(n.Counter()) }

// String returns upper-case hexadecimal digits.
func (n TDESKSN) String() string { return strings.ToUpper(hex.EncodeToString(n[:])) }

// withCounter returns the KSN with another counter.
func (n TDESKSN) withCounter(counter uint32) TDESKSN {
	tail := binary.BigEndian.Uint32(n[6:])
	binary.BigEndian.PutUint32(n[6:], tail&^tdesCounterMask|counter)
	return n
}
